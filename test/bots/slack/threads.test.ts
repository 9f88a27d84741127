import { describe, expect, it } from 'vitest';
import { startFakeSlack } from '../../support/fake-slack.ts';
import { BOT_USER } from '../../support/fake-slack-workspace.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestSlack } from '../../support/test-slack.ts';

const PARENT = '1699999000.000100';
const question = { channel: 'C1', threadTs: PARENT };
const sumUp = `<@${BOT_USER}> sum up this thread`;
const isFinal = ({ blocks }: { blocks: object[] }) => JSON.stringify(blocks).includes('feedback_buttons');

const said = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    ts: `${1_699_999_000 + n}.000100`,
    user: `U${n % 3}`,
    text: `remark number ${n} &amp; <@U1>`,
  }));

async function createThread(
  count: number,
  options: Parameters<typeof startFakeSlack>[0] = {},
  mode?: 'http' | 'socket',
) {
  const stack = new AsyncDisposableStack();
  const model = createScriptedModel({ reply: () => 'They talked.' });
  const own = mode === 'http' ? undefined : stack.use(await startFakeSlack(options));
  const t = stack.use(await createTestSlack({ model, mode, ...(own && { slack: own }) }));
  t.slack.threads.set(`C1 ${PARENT}`, said(count));
  t.slack.names.set('U0', 'Ada').set('U1', 'Ben').set('U2', 'Cleo');
  return { ...t, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

type Thread = Awaited<ReturnType<typeof createThread>>;
const systemOf = (t: Thread, call = 0) => String(t.model.calls[call]?.request.system);
const remarksIn = (t: Thread, call = 0) => systemOf(t, call).match(/remark number \d+ & @Ben/g) ?? [];

describe('a mention in a thread that others began', () => {
  it.each(['socket', 'http'] as const)('knows all 60 messages of it, with names, as data (%s)', async (mode) => {
    await using t = await createThread(60, {}, mode);

    await t.slack.say(sumUp, question);
    await t.slack.until(() => t.slack.messages.some(isFinal));

    expect(remarksIn(t)).toHaveLength(60);
    expect(systemOf(t)).toMatch(/<overheard-[\da-f]{16}>\n- Ada \(2023-11-14/);
    expect(systemOf(t)).not.toContain('could not be read');
    expect(t.slack.violations).toEqual([]);
  });

  it('knows the newest of a very long one', async () => {
    await using t = await createThread(900);

    await t.slack.say(sumUp, question);
    await t.slack.until(() => t.slack.messages.some(isFinal));

    expect(remarksIn(t).at(-1)).toContain('899');
    expect(remarksIn(t)).toHaveLength(200);
    expect(t.slack.violations).toEqual([]);
  });

  it('reads neither its own answers nor what it was asked before', async () => {
    await using t = await createThread(3);

    const first = await t.slack.say(sumUp, question);
    await t.slack.until(() => t.slack.messages.some(isFinal));
    t.slack.threads.get(`C1 ${PARENT}`)?.push({ ts: first, user: 'U1', text: sumUp });
    await t.slack.say(`<@${BOT_USER}> and again`, question);
    await t.slack.until(() => t.slack.messages.filter(isFinal).length === 2);

    expect(remarksIn(t, 1)).toHaveLength(3);
    expect(systemOf(t, 1)).not.toContain('sum up this thread');
    expect(systemOf(t, 1)).not.toContain('They talked.');
  });

  it('is answered with less where Slack gives 15 messages a minute', async () => {
    let reads = 0;
    await using t = await createThread(60, {
      refuse: (method, args) => {
        if (method !== 'conversations.replies') return null;
        reads += 1;
        args.limit = 15;
        return reads > 1 ? { status: 429, retryAfter: 60 } : null;
      },
    });

    await t.slack.say(sumUp, question);
    await t.slack.until(() => t.slack.messages.some(isFinal));

    expect(remarksIn(t)).toHaveLength(15);
    expect(systemOf(t)).toContain('could not be read');
    expect(reads).toBe(2);
  });

  it('is answered all the same without the scope, and the operator hears of it once', async () => {
    await using t = await createThread(60, {
      refuse: (method) => (method === 'conversations.replies' ? { error: 'missing_scope' } : null),
    });

    await t.slack.say(sumUp, question);
    await t.slack.say(sumUp, question);
    await t.slack.until(() => t.slack.messages.filter(isFinal).length === 2);

    const { lines } = t.logger as unknown as { lines: { level: string; message: string }[] };
    expect(lines.filter(({ message }) => message.includes('cannot be read'))).toMatchObject([{ level: 'warn' }]);
    expect(remarksIn(t)).toEqual([]);
  });

  it('is not read for what only the asker sees, nor at the top of a channel', async () => {
    await using t = await createThread(60);

    await t.slack.command('sum up');
    await t.slack.say(sumUp, { channel: 'C1' });
    await t.slack.until(() => t.slack.messages.some(isFinal) && t.slack.replies.length > 0);

    expect(t.slack.callsOf('conversations.replies')).toEqual([]);
  });
});
