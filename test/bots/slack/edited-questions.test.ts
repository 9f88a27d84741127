import { describe, expect, it } from 'vitest';
import { BOT_USER } from '../../support/fake-slack-workspace.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestSlack } from '../../support/test-slack.ts';

const echoing = () =>
  createScriptedModel({ reply: (request) => `To: ${String(request.messages.at(-1)?.content).replace(/^U1: /, '')}` });
const isFinal = ({ blocks }: { blocks: object[] }) => JSON.stringify(blocks).includes('feedback_buttons');

describe.each(['socket', 'http'] as const)('a question, by %s,', (mode) => {
  it('is answered once when its message comes in several events', async () => {
    await using t = await createTestSlack({ model: echoing(), mode });

    const ts = await t.slack.say(`<@${BOT_USER}> tea?`, { channel: 'C1' });
    await t.slack.say(`<@${BOT_USER}> tea?`, { channel: 'C1', more: { ts } });
    await t.slack.until(() => t.slack.messages.some(isFinal));
    await t.slack.say(`<@${BOT_USER}> tea?`, { channel: 'C1', more: { ts } });
    await t.slack.say(`<@${BOT_USER}> last?`, { channel: 'C1' });
    await t.slack.until(() => t.slack.messages.filter(isFinal).length === 2);

    expect(t.model.calls).toHaveLength(2);
    expect(t.slack.messages).toHaveLength(2);
  });

  it('that only needs a sentence gets it once, in however many events its message comes', async () => {
    await using t = await createTestSlack({ model: echoing(), mode });

    const ts = await t.slack.say(`<@${BOT_USER}> help`, { channel: 'C1' });
    await t.slack.until(() => t.slack.replies.length > 0);
    await t.slack.say(`<@${BOT_USER}> help`, { channel: 'C1', more: { ts } });
    await t.slack.say(`<@${BOT_USER}> last?`, { channel: 'C1' });
    await t.slack.until(() => t.slack.messages.some(isFinal));

    expect(t.slack.replies).toHaveLength(1);
  });

  it.each(['C1', 'D1'])('that is edited after its answer is answered anew in its place, once (%s)', async (channel) => {
    await using t = await createTestSlack({ model: echoing(), mode });
    const call = channel === 'C1' ? `<@${BOT_USER}> ` : '';

    const ts = await t.slack.say(`${call}tea?`, { channel });
    await t.slack.until(() => t.slack.messages.some(isFinal));
    const texts = { before: `${call}tea?`, now: `${call}coffee?` };
    await t.slack.edit(ts, texts, { channel, more: { edited: { user: 'U1', ts: '1800000000.000100' } } });
    await t.slack.until(() => t.slack.messages.some(({ shown }) => shown === 'To: coffee?'));
    if (channel === 'C1') {
      const more = { ts, edited: { user: 'U1', ts: '1800000000.000100' } };
      await t.slack.say(`${call}coffee?`, { channel, more });
    }
    await t.slack.say(`${call}last?`, { channel, user: 'U2' });
    await t.slack.until(() => t.slack.messages.filter(isFinal).length === 2);

    expect(t.slack.messages.map(({ shown }) => shown)).toEqual(['To: coffee?', expect.stringContaining('last?')]);
    expect(t.model.calls).toHaveLength(3);
    expect(t.slack.violations).toEqual([]);
  });
});

describe('a question that is edited', () => {
  it.each([
    ['a stream', false],
    ['an edited message', true],
  ])(
    'while it is answered by %s goes on in the same message with the answer to the new words',
    async (_kind, isWithoutStreams) => {
      await using t = await createTestSlack();
      if (isWithoutStreams) t.slack.failNext('chat.startStream', { error: 'not_allowed' });

      const ts = await t.slack.say(`<@${BOT_USER}> tea?`, { channel: 'C1' });
      (await t.model.call(0)).say('Tea is made of ');
      await t.slack.until(() => t.slack.messages.length === 1);
      await t.slack.edit(ts, { before: `<@${BOT_USER}> tea?`, now: `<@${BOT_USER}> coffee?` }, { channel: 'C1' });
      const second = await t.model.call(1);
      second.say('Coffee is made of beans.');
      second.finish();
      await t.slack.until(() => t.slack.messages.some(isFinal));

      expect(t.slack.messages).toMatchObject([{ shown: 'Coffee is made of beans.', isStreaming: false }]);
      expect(t.model.calls).toHaveLength(2);
      expect(t.model.calls[0]?.signal.aborted).toBe(true);
    },
  );

  it('is not asked again by the preview of a link, nor with the same words', async () => {
    await using t = await createTestSlack({ model: echoing() });
    const text = `<@${BOT_USER}> <https://a.example>`;

    const ts = await t.slack.say(text, { channel: 'C1' });
    await t.slack.until(() => t.slack.messages.some(isFinal));
    const attachments = [{ from_url: 'https://a.example', title: 'A page' }];
    await t.slack.edit(ts, { before: text, now: text }, { channel: 'C1', more: { edited: undefined, attachments } });
    await t.slack.edit(ts, { before: text, now: text }, { channel: 'C1', more: { attachments } });
    await t.slack.edit(ts, { before: text, now: `${text} ` }, { channel: 'C1' });
    await t.slack.say(`<@${BOT_USER}> last?`, { channel: 'C1' });
    await t.slack.until(() => t.slack.messages.filter(isFinal).length === 2);

    expect(t.model.calls).toHaveLength(2);
  });

  it('was one only if it was asked: what others edit in a channel is not recorded', async () => {
    await using t = await createTestSlack({ model: echoing() });

    await t.slack.edit('5.5', { before: 'lunch?', now: 'dinner?' }, { channel: 'C1' });
    await t.slack.say('last?');
    await t.slack.until(() => t.slack.messages.some(isFinal));

    expect(t.model.calls).toHaveLength(1);
    expect(await t.db('slack_requests').count()).toEqual([{ count: 1 }]);
  });

  it('has all messages of its long answer replaced by those of the new one', async () => {
    let length = 25_000;
    await using t = await createTestSlack({
      model: createScriptedModel({ reply: () => 'word '.repeat(length / 5) }),
      minuteMs: 3000,
    });

    const ts = await t.slack.say('tell me all');
    await t.slack.until(() => t.slack.messages.some(isFinal));
    const before = t.slack.messages.length;
    length = 50;
    await t.slack.edit(ts, { before: 'tell me all', now: 'tell me little' });
    await t.slack.until(() => t.slack.messages.length === 1 && t.slack.messages.some(isFinal));

    expect(before).toBeGreaterThan(2);
    expect(t.slack.messages[0]?.shown.trim()).toBe('word '.repeat(10).trim());
  });
});
