import { describe, expect, it } from 'vitest';
import { BOT_USER } from '../../support/fake-slack-workspace.ts';
import { createTestSlack } from '../../support/test-slack.ts';

type Slack = Awaited<ReturnType<typeof createTestSlack>>['slack'];

const blocksOf = (slack: Slack) => JSON.stringify(slack.messages.map(({ blocks }) => blocks));

function findGoOn(blocks: { type: string; [key: string]: unknown }[]) {
  const actions = blocks.find(({ type }) => type === 'actions');
  const elements = (actions?.elements ?? []) as { action_id: string; value: string }[];
  return elements.find(({ action_id }) => action_id === 'go_on_answer');
}

describe('an answer that meets its length limit', () => {
  it.each(['socket', 'http'] as const)('says so, and goes on in its place when that is pressed (%s)', async (mode) => {
    await using t = await createTestSlack({ mode });

    const ts = await t.slack.say(`<@${BOT_USER}> tell me all`, { channel: 'C1' });
    const first = await t.model.call(0);
    first.say('```\nTo begin');
    first.finish('length');
    await t.slack.until(() => blocksOf(t.slack).includes('go_on_answer'));
    const [message] = t.slack.messages;
    const button = findGoOn(message!.blocks)!;
    const before = { shown: message!.shown, blocks: JSON.stringify(message!.blocks) };
    const pressed = { message: { ts: message!.ts, thread_ts: ts } };
    await t.slack.press(button, { ...pressed, user: 'U2' });
    await t.slack.until(() => t.slack.replies.length === 1);
    await t.slack.press(button, pressed);
    const second = await t.model.call(1);
    second.say(' with, and end.');
    second.finish();
    await t.slack.until(
      () => t.slack.messages[0]?.shown.includes('and end.') === true && !blocksOf(t.slack).includes('stop_answer'),
    );

    expect(before.shown).toBe('```\nTo begin\n```');
    expect(before.blocks).toContain('met its length limit');
    expect(t.slack.replies).toMatchObject([
      { user: 'U2', shown: expect.stringContaining('Only the person who asked') },
    ]);
    expect(t.slack.messages).toMatchObject([{ shown: '```\nTo begin with, and end.\n```' }]);
    expect(blocksOf(t.slack)).not.toContain('go_on_answer');
    expect(t.slack.violations).toEqual([]);
  });

  it('to a command goes on for the asker alone', async () => {
    await using t = await createTestSlack();

    await t.slack.command('tell me all');
    const first = await t.model.call(0);
    first.say('To begin');
    first.finish('length');
    await t.slack.until(() => t.slack.replies.length === 1);
    await t.slack.press(findGoOn(t.slack.replies[0]!.blocks)!, { message: {} });
    const second = await t.model.call(1);
    second.say(' with, and end.');
    second.finish();
    await t.slack.until(() => t.slack.replies.length === 2);

    expect(t.slack.replies[1]).toMatchObject({ shown: 'To begin with, and end.', replaces: true, user: 'U1' });
    expect(t.slack.messages).toEqual([]);
  });
});
