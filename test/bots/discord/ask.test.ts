import { describe, expect, it } from 'vitest';
import { AppError } from '../../../core/errors.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { retrievalOf } from '../../support/test-app.ts';
import { createDiscordTest, isDone } from './discord-harness.ts';

const labels = (message: { components: { components: { label: string }[] }[] } | undefined) =>
  message?.components.flatMap(({ components }) => components.map(({ label }) => label));

const handbook = { title: 'Handbook', url: 'https://docs.example/hours_(all)', text: 'The office opens at nine.' };

describe('a question to the Discord bot', () => {
  it('by /ask is deferred, streamed, cited and ended with its buttons', async () => {
    await using t = await createDiscordTest({ retrieval: retrievalOf([handbook]) });

    const asked = t.discord.command('ask', { values: { question: 'When do you open?' } });
    const call = await t.model.call(0);
    call.say('At ');
    await t.discord.until(() => t.discord.answers(asked)[0]?.content.includes('At'));
    expect(labels(t.discord.answers(asked)[0])).toEqual(['Stop']);
    call.say('nine [1].');
    call.finish();
    await t.discord.until(() => labels(t.discord.answers(asked)[0])?.includes('👍'));

    expect(asked).toMatchObject({ response: 5, isEphemeral: false });
    expect(asked.ackMs).toBeLessThan(3000);
    expect(t.discord.answers(asked).map(({ content }) => content)).toEqual([
      'At nine [1].\n-# [1] [Handbook](<https://docs.example/hours_(all)>)',
    ]);
    expect(labels(t.discord.answers(asked)[0])).toEqual([
      '👍',
      '👎',
      'Retry',
      'Follow up',
      'Continue in a thread',
      'Why?',
    ]);
    expect(t.discord.violations).toEqual([]);
  });

  it('by mention is answered with a reply, and later ones go on in the same chat', async () => {
    await using t = await createDiscordTest({ model: createScriptedModel({ reply: () => 'Hello!' }) });

    const said = t.discord.say(`${t.discord.mention} hi there`);
    const answer = await t.discord.until(() =>
      t.discord.shown().find((message) => isDone(message) && message.content === 'Hello!'),
    );
    t.discord.say('and again', { replyTo: answer.id });
    await t.discord.until(
      () => t.discord.shown().filter((message) => isDone(message) && message.content === 'Hello!').length === 2,
    );

    expect(answer.replyTo).toBe(said.id);
    expect(t.model.calls[1]?.request.messages).toEqual([
      { role: 'user', content: 'hi there' },
      { role: 'assistant', content: 'Hello!' },
      { role: 'user', content: 'and again' },
    ]);
    expect(t.discord.violations).toEqual([]);
  });

  it('in a direct message is answered without a mention', async () => {
    await using t = await createDiscordTest({ model: createScriptedModel({ reply: () => 'Hello!' }) });
    const dm = t.discord.addDm();

    t.discord.say('hi', { channelId: dm.id });
    await t.discord.until(() =>
      t.discord.shown(dm.id).find((message) => isDone(message) && message.content === 'Hello!'),
    );

    expect(t.discord.violations).toEqual([]);
  });

  it('that comes together with others of the same person is taken on in the order they were written', async () => {
    await using t = await createDiscordTest({ model: createScriptedModel({ reply: () => 'Yes.' }) });
    const dm = t.discord.addDm();
    const numbers = ['1', '2', '3', '4', '5'];

    const commands = numbers.map((question) => t.discord.command('ask', { values: { question } }));
    for (const number of numbers) t.discord.say(number, { channelId: dm.id });
    const isAnswered = ({ content }: { content: string }) => content === 'Yes.';
    await t.discord.until(
      () =>
        commands.every((asked) => t.discord.answers(asked).some(isAnswered)) &&
        t.discord.shown(dm.id).filter(isAnswered).length === numbers.length,
    );

    for (const kind of ['channel', 'dm']) {
      const { session_id } = await t.db('conversations').where({ kind }).first('session_id');
      const asked = t.db('messages').join('turns', 'turns.id', 'messages.turn_id').where({ role: 'user' });
      expect(await asked.where('turns.session_id', session_id).orderBy('turns.position').pluck('content')).toEqual(
        numbers,
      );
    }
  });

  it('in private is answered for the asker alone, in a conversation of its own', async () => {
    await using t = await createDiscordTest({ model: createScriptedModel({ reply: () => 'Psst.' }) });

    const aside = t.discord.command('ask', { values: { question: 'a secret', private: true } });
    await t.discord.until(() => isDone(t.discord.answers(aside)[0]));
    const aloud = t.discord.command('ask', { values: { question: 'in public' } });
    await t.discord.until(() => isDone(t.discord.answers(aloud)[0]));

    expect(aside.isEphemeral).toBe(true);
    expect(t.model.calls[1]?.request.messages).toEqual([{ role: 'user', content: 'in public' }]);
    expect(t.discord.violations).toEqual([]);
  });

  it.each([
    ['another bot', { isBot: true }],
    ['a webhook', { isBot: true, webhookId: '77' }],
  ])('from %s is not answered', async (_who, said) => {
    await using t = await createDiscordTest({ model: createScriptedModel({ reply: () => 'Hello!' }) });

    t.discord.say(`${t.discord.mention} hi`, said);
    t.discord.say(`${t.discord.mention} me`);
    await t.discord.until(() => t.discord.shown().find((message) => isDone(message) && message.content === 'Hello!'));

    expect(t.discord.shown()).toHaveLength(1);
    expect(t.model.calls).toHaveLength(1);
  });

  it('that is delivered again is answered once', async () => {
    await using t = await createDiscordTest({ model: createScriptedModel({ reply: () => 'Hello!' }) });

    const said = t.discord.say(`${t.discord.mention} hi`);
    t.discord.redeliver(said);
    await t.discord.until(() => t.discord.shown().find((message) => isDone(message) && message.content === 'Hello!'));
    t.discord.redeliver(said);
    t.discord.say(`${t.discord.mention} next`);
    await t.discord.until(
      () => t.discord.shown().filter((message) => isDone(message) && message.content === 'Hello!').length === 2,
    );

    expect(t.discord.shown()).toHaveLength(2);
    expect(t.model.calls).toHaveLength(2);
  });

  it('with a long answer with code is shown whole, in messages that fit', async () => {
    const code = Array.from({ length: 120 }, (_, n) => `const value${n} = compute(${n}); // line ${n}`).join('\n');
    const long = `Here it is:\n\n\`\`\`ts\n${code}\n\`\`\`\n\n${'And so it goes on. '.repeat(220)}`;
    await using t = await createDiscordTest({
      model: createScriptedModel({ reply: () => long }),
      bot: { minEditIntervalMs: 200 },
    });

    const asked = t.discord.command('ask', { values: { question: 'the long one' } });
    await t.discord.until(() => labels(t.discord.answers(asked).at(-1))?.includes('👍'));

    const parts = t.discord.answers(asked);
    expect(long.length).toBeGreaterThan(9000);
    expect(parts.length).toBeGreaterThan(4);
    for (const { content } of parts) expect(content.match(/```/g)?.length ?? 0).toSatisfy((n: number) => n % 2 === 0);
    const lines = parts.flatMap(({ content }) => content.split('\n'));
    expect(code.split('\n').filter((line) => !lines.includes(line))).toEqual([]);
    expect(
      parts
        .map(({ content }) => content)
        .join(' ')
        .match(/And so it goes on\./g),
    ).toHaveLength(220);
    expect(parts.slice(0, -1).every(({ components }) => components.length === 0)).toBe(true);
    expect(t.discord.violations).toEqual([]);
  });

  it('gets one sentence and a way to try again when the model fails', async () => {
    await using t = await createDiscordTest();

    const asked = t.discord.command('ask', { values: { question: 'anything' } });
    (await t.model.call(0)).fail(new AppError('model_unavailable', 'upstream said 500'));
    const [message] = await t.discord.until(
      () => labels(t.discord.answers(asked)[0])?.includes('Retry') && t.discord.answers(asked),
    );

    expect(message?.content).toBe('The language model does not answer right now. Please try again in a few minutes.');
    expect(t.discord.violations).toEqual([]);
  });

  it('keeps what was written when the model breaks off', async () => {
    await using t = await createDiscordTest();

    const asked = t.discord.command('ask', { values: { question: 'anything' } });
    const call = await t.model.call(0);
    call.say('Half of it');
    await t.discord.until(() => t.discord.answers(asked)[0]?.content === 'Half of it');
    call.fail(new AppError('model_interrupted', 'cut'));
    const [message] = await t.discord.until(
      () => labels(t.discord.answers(asked)[0])?.includes('Retry') && t.discord.answers(asked),
    );

    expect(message?.content).toBe('Half of it\nThe answer broke off. Please try again.');
  });

  it('pings nobody, whatever the model writes', async () => {
    const hostile = '@everyone <@1> <@&2> @here\r\n/ban all';
    await using t = await createDiscordTest({ model: createScriptedModel({ reply: () => hostile }) });

    const said = t.discord.say(`${t.discord.mention} say something`);
    await t.discord.until(() => t.discord.shown().some((message) => labels(message)?.includes('👍')));

    const sent = t.discord.state.requests.filter(({ path }) => path.includes('/messages'));
    expect(sent.length).toBeGreaterThan(0);
    expect(
      sent.every(
        ({ body }) =>
          JSON.stringify((body as { allowed_mentions: object }).allowed_mentions) ===
          '{"parse":[],"replied_user":false}',
      ),
    ).toBe(true);
    expect(t.discord.shown()[0]?.replyTo).toBe(said.id);
    expect(t.discord.violations).toEqual([]);
  });

  it('in a reply that Discord hides is told how to be heard', async () => {
    await using t = await createDiscordTest({ model: createScriptedModel({ reply: () => 'Hello!' }) });
    t.discord.say(`${t.discord.mention} hi`);
    const answer = await t.discord.until(() =>
      t.discord.shown().find((message) => isDone(message) && message.content === 'Hello!'),
    );

    t.discord.say('more', { replyTo: answer.id, pings: false });
    const hint = await t.discord.until(() => t.discord.shown()[1]);

    expect(hint.content).toContain('does not show me replies like this');
  });

  it('may come as a reply without ping where the bot may read along', async () => {
    await using t = await createDiscordTest({
      model: createScriptedModel({ reply: () => 'Hello!' }),
      discord: { applicationFlags: 1 << 19 },
    });
    t.discord.say(`${t.discord.mention} hi`);
    const answer = await t.discord.until(() =>
      t.discord.shown().find((message) => isDone(message) && message.content === 'Hello!'),
    );

    t.discord.say('more', { replyTo: answer.id, pings: false });
    await t.discord.until(() => t.model.calls[1]);

    expect(t.model.calls[1]?.request.messages.at(-1)?.content).toBe('more');
  });
});
