import { describe, expect, it } from 'vitest';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { retrievalOf } from '../../support/test-app.ts';
import { createTwitchTest, overIrc } from './twitch-harness.ts';

const handbook = { title: 'Handbook', url: 'https://docs.example/hours', text: 'The office opens at nine.' };
const always = (text: string) => createScriptedModel({ reply: () => text });

describe('a question in Twitch chat', () => {
  it.each([
    '@parley when do you open?',
    '@Parley, when do you open?',
    '!ask when do you open?',
    'hey @parley when do you open?',
  ])('as "%s" is answered with one threaded reply that carries the badge', async (text) => {
    await using t = await createTwitchTest({ model: always('At **nine**.') });

    const asked = t.twitch.say('ada', text);
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(t.twitch.said()).toMatchObject([{ channel: 'ada', text: 'At nine.', replyTo: asked.id, hasBadge: true }]);
    expect(t.model.calls[0]?.request.messages.at(-1)?.content).toMatch(/when do you open\?$/);
    expect(t.twitch.violations).toEqual([]);
  });

  it('is answered over the chat connection when there is no application', async () => {
    await using t = await createTwitchTest({ model: always('At nine.'), settings: overIrc });

    const asked = t.twitch.say('ada', '!ask when do you open?');
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(t.twitch.said()).toMatchObject([{ text: 'At nine.', replyTo: asked.id, via: 'irc', hasBadge: false }]);
    expect(t.twitch.violations).toEqual([]);
  });

  it('that comes together with others of the same person is taken on in the order they were written', async () => {
    await using t = await createTwitchTest({ model: always('Yes.'), moderates: ['ada'] });
    const numbers = ['1', '2', '3', '4', '5', '6', '7', '8'];

    const asked = numbers.map((number) => t.twitch.say('ada', `!ask ${number}`, { badges: 'moderator/1' }));
    await t.twitch.until(() => asked.every((one) => t.twitch.answersTo(one).length === 1));

    const questions = t.db('messages').join('turns', 'turns.id', 'messages.turn_id').where({ role: 'user' });
    expect(await questions.orderBy('turns.position').pluck('content')).toEqual(numbers);
  });

  it('that the documents answer comes with a link to the answer with its sources', async () => {
    await using t = await createTwitchTest({ model: always('At nine [1].'), retrieval: retrievalOf([handbook]) });

    t.twitch.say('ada', '!ask when do you open?');
    const { text } = await t.twitch.until(() => t.twitch.said()[0]);

    const [, id = ''] = text.match(/^At nine\. Sources: https:\/\/parley\.example\/a\/([\w-]+)$/) ?? [];
    const shared = await t.app.sharedAnswers.find(id);
    expect(shared).toMatchObject({ question: 'when do you open?', answer: { sources: [{ title: 'Handbook' }] } });
  });

  it('with an answer of 9,000 characters and code is one message that ends in a link to all of it', async () => {
    const code = `\`\`\`js\n${'const answer = 42;\n'.repeat(50)}\`\`\``;
    const answer = `Here is how.\n\n${code}\n\n${'A long story about it. '.repeat(350)}`;
    await using t = await createTwitchTest({ model: always(answer) });

    const asked = t.twitch.say('ada', '@parley how?');
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    const [said, ...more] = t.twitch.said();
    expect(more).toEqual([]);
    expect(said?.text.length).toBeLessThanOrEqual(450);
    expect(said?.text).toMatch(/^Here is how\. const answer = 42; .*… https:\/\/parley\.example\/a\/[\w-]{12}$/);
    const id = said?.text.split('/a/')[1] ?? '';
    expect((await t.app.sharedAnswers.find(id))?.answer.content).toBe(answer);
    expect(t.twitch.violations).toEqual([]);
  });

  it('delivered again is answered once', async () => {
    await using t = await createTwitchTest({ model: always('Once.') });

    const asked = t.twitch.say('ada', '@parley hi there');
    t.twitch.say('ada', '@parley hi there', asked);
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);
    t.twitch.say('ada', '@parley hi there', asked);
    const other = t.twitch.say('ada', '!ask another', { by: t.twitch.addPerson() });
    await t.twitch.until(() => t.twitch.answersTo(other)[0]);

    expect(t.twitch.answersTo(asked)).toHaveLength(1);
    expect(t.model.calls).toHaveLength(2);
  });

  it('in a shared chat that the bot reads twice is answered once, where it was written', async () => {
    await using t = await createTwitchTest({ model: always('Once.'), settings: { channels: ['ada', 'bob'] } });
    const source = { id: 'the-original', roomId: t.twitch.chat.channels.get('ada')!.roomId };

    t.twitch.say('bob', '@parley hi there', { id: 'the-copy', source });
    t.twitch.say('ada', '@parley hi there', { id: 'the-original', source });
    await t.twitch.until(() => t.twitch.said()[0]);
    const other = t.twitch.say('bob', '!ask another', { by: t.twitch.addPerson() });
    await t.twitch.until(() => t.twitch.answersTo(other)[0]);

    expect(t.twitch.said('ada').map(({ replyTo }) => replyTo)).toEqual(['the-original']);
    expect(t.twitch.said('bob').map(({ replyTo }) => replyTo)).toEqual([other.id]);
  });

  it('in a shared chat whose other channel the bot is not in is answered where the bot is', async () => {
    await using t = await createTwitchTest({ model: always('Hello.') });

    t.twitch.say('ada', '@parley hi there', { id: 'the-copy', source: { id: 'the-original', roomId: '9999' } });
    await t.twitch.until(() => t.twitch.said('ada')[0]);

    expect(t.twitch.said('ada')).toMatchObject([{ text: 'Hello.', replyTo: 'the-copy' }]);
  });

  it('of a bot, of the bot itself, or to nobody, is left alone', async () => {
    await using t = await createTwitchTest({ model: always('Yes.') });

    t.twitch.say('ada', '@parley hi', { by: { login: 'nightbot', userId: '1' } });
    t.twitch.say('ada', '@parley hi', { badges: 'bot-badge/1' });
    t.twitch.say('ada', '!ask me', { by: { login: 'parley', userId: '1000' } });
    t.twitch.say('ada', 'what is parley?');
    t.twitch.say('ada', '!so @parley');
    t.twitch.say('ada', '@parleying is fun');
    const asked = t.twitch.say('ada', '!ask last');
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(t.twitch.said()).toHaveLength(1);
  });

  it('goes on with what the same person asked there before, until they start anew', async () => {
    await using t = await createTwitchTest({ model: always('Fine.'), moderates: ['ada'] });
    const badges = 'moderator/1';
    const ask = async (text: string) => {
      const asked = t.twitch.say('ada', text, { badges });
      await t.twitch.until(() => t.twitch.answersTo(asked)[0]);
    };

    await ask('!ask first');
    await ask('!ask second');
    await ask('!new');
    await ask('!ask third');

    expect(t.model.calls.map(({ request }) => request.messages.map(({ content }) => content))).toEqual([
      ['first'],
      ['first', 'Fine.', 'second'],
      ['third'],
    ]);
    expect(t.twitch.said().map(({ text }) => text)).toContain('A new chat begins here. What would you like to know?');
    expect(t.twitch.violations).toEqual([]);
  });

  it('without a question is answered with what the bot can do', async () => {
    await using t = await createTwitchTest();

    const asked = t.twitch.say('ada', '!help');
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(t.twitch.said()[0]?.text).toMatch(/!ask question.*@parley question.*!new/);
    expect(t.twitch.said()[0]?.text.length).toBeLessThanOrEqual(450);
  });
});
