import { describe, expect, it } from 'vitest';
import { startFakeSlack } from '../../support/fake-slack.ts';
import { BOT_USER } from '../../support/fake-slack-workspace.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { retrievalOf } from '../../support/test-app.ts';
import { createTestSlack, type TestSlackOptions } from '../../support/test-slack.ts';

type Refusal = { error: string } | { status: number };

const UNKNOWN: Refusal[] = [{ error: 'unknown_method' }, { status: 404 }];

const NEWER = ['chat.startStream', 'assistant.threads.setStatus', 'assistant.threads.setTitle'];
const LOOKED_UP = ['conversations.info', 'users.info', 'conversations.replies', 'team.info'];

async function startSlack(options: Parameters<typeof startFakeSlack>[0], more: Partial<TestSlackOptions> = {}) {
  const stack = new AsyncDisposableStack();
  const slack = stack.use(await startFakeSlack(options));
  const t = stack.use(
    await createTestSlack({ slack, model: createScriptedModel({ reply: () => 'Five days.' }), ...more }),
  );
  return { ...t, slack, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('where Slack does not know what it is asked', () => {
  it.each(UNKNOWN)('answers a mention in one message without streams, people and channels (%o)', async (refusal) => {
    await using t = await startSlack({
      refuse: (method) => ([...NEWER, ...LOOKED_UP].includes(method) ? refusal : null),
    });

    const ts = await t.slack.say(`<@${BOT_USER}> How long?`, {
      channel: 'C1',
      envelope: { is_ext_shared_channel: undefined },
    });
    await t.slack.until(() => t.slack.messages[0]?.shown === 'Five days.');

    expect(t.slack.messages).toMatchObject([{ shown: 'Five days.', threadTs: ts }]);
  });

  it.each(UNKNOWN)('answers in a direct message (%o)', async (refusal) => {
    await using t = await startSlack({
      refuse: (method) => ([...NEWER, ...LOOKED_UP].includes(method) ? refusal : null),
    });

    await t.slack.say('How long?');
    await t.slack.until(() => t.slack.messages.some(({ shown }) => shown === 'Five days.'));

    expect(t.slack.messages).toHaveLength(1);
  });

  it('says in the thread what it cannot say to the asker alone', async () => {
    await using t = await startSlack({
      refuse: (method) => (method === 'chat.postEphemeral' ? { status: 404 } : null),
    });

    await t.slack.say(`<@${BOT_USER}> help`, { channel: 'C1' });
    await t.slack.until(() => t.slack.messages.length > 0);

    expect(t.slack.messages).toMatchObject([{ shown: expect.stringContaining('Only for you') }]);
  });

  it('answers a command although its reply address is refused', async () => {
    await using t = await startSlack({});

    await t.slack.command('How long?', { more: { response_url: undefined, trigger_id: undefined } });
    await t.slack.until(() => t.slack.replies.some(({ shown }) => shown === 'Five days.'));

    expect(t.slack.messages).toEqual([]);
  });

  it('shows the sources as text where Slack takes no blocks', async () => {
    await using t = await startSlack(
      {
        refuse: (_method, { blocks }) =>
          Array.isArray(blocks) && blocks.length > 0 ? { error: 'invalid_blocks' } : null,
      },
      {
        model: createScriptedModel({ reply: () => 'Five days [1].' }),
        retrieval: retrievalOf([{ title: 'Refunds', url: 'https://example.com/refunds', text: 'Five days.' }]),
      },
    );

    await t.slack.say('How long does it take?');
    await t.slack.until(() => t.slack.messages.some(({ shown }) => shown.includes('example.com')));

    expect(t.slack.messages).toMatchObject([{ shown: 'Five days [1].\n[1] <https://example.com/refunds|Refunds>' }]);
  });
});

describe('where Slack leaves out what it usually says', () => {
  it('answers events without id, authorizations and team', async () => {
    await using t = await startSlack({});
    const envelope = {
      event_id: undefined,
      authorizations: undefined,
      is_ext_shared_channel: undefined,
      team_id: undefined,
    };

    await t.slack.say('How long?', { envelope, more: { team: undefined, channel_type: undefined } });
    await t.slack.until(() => t.slack.messages.some(({ shown }) => shown === 'Five days.'));

    expect(t.slack.messages).toHaveLength(1);
  });

  it('answers in the one workspace of its token, whatever its name', async () => {
    await using t = await startSlack({ identity: { team_id: undefined, bot_id: undefined, user_id: BOT_USER } });

    await t.slack.say('How long?');
    await t.slack.until(() => t.slack.messages.some(({ shown }) => shown === 'Five days.'));

    expect(t.slack.messages).toHaveLength(1);
  });

  it('answers two commands with the same trigger, and the same one once', async () => {
    await using t = await startSlack({});
    const response_url = t.slack.newResponseUrl('C1', 'U1');
    const more = { trigger_id: 'trigger.1', response_url };

    await t.slack.command('How long?', { more });
    await t.slack.command('How long?', { more });
    await t.slack.command('How much?', { more });
    await t.slack.until(() => t.slack.replies.filter(({ shown }) => shown === 'Five days.').length === 2);

    expect(t.model.calls).toHaveLength(2);
  });

  it('answers only from public documents where it is not told whether a channel is shared', async () => {
    await using t = await startSlack({
      refuse: (method) => (method === 'conversations.info' ? { error: 'missing_scope' } : null),
    });

    await t.slack.say(`<@${BOT_USER}> How long?`, { channel: 'C1', envelope: { is_ext_shared_channel: undefined } });
    await t.slack.until(() => t.slack.messages[0]?.isStreaming === false);

    expect(await t.db('turns').first('place')).toEqual({ place: expect.objectContaining({ space: null }) });
  });
});
