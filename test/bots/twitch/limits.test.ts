import { describe, expect, it } from 'vitest';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTwitchTest, overIrc } from './twitch-harness.ts';

const always = (text: string) => createScriptedModel({ reply: () => text });
const free = { badges: 'moderator/1' };
/** Nobody dies here: on a slow machine, what takes long is not to be taken for what a dead process left. */
const unhurried = { bot: { leaseMs: 60_000 }, more: { leaseMs: 60_000 } };

describe('what Twitch allows', () => {
  it.each([
    ['through the API', {}],
    ['over the chat connection', overIrc],
  ])(
    'is kept when 50 people ask 200 questions at once, %s',
    async (_how, settings) => {
      await using t = await createTwitchTest({
        model: createScriptedModel({ reply: ({ messages }) => `You asked ${messages.at(-1)?.content}` }),
        fake: { windowMs: 1500 },
        moderates: ['ada'],
        settings,
        ...unhurried,
      });
      const people = Array.from({ length: 50 }, () => t.twitch.addPerson());

      const asked = Array.from({ length: 200 }, (_, n) =>
        t.twitch.say('ada', `!ask number ${n}?`, { by: people[n % 50]!, ...free }),
      );
      await t.twitch.until(() => t.twitch.said().length === 200, 150_000);

      for (const [n, one] of asked.entries()) {
        expect(t.twitch.answersTo(one).map(({ text }) => text)).toEqual([`You asked number ${n}?`]);
      }
      expect(t.twitch.violations).toEqual([]);
    },
    180_000,
  );

  it('is kept in a channel that has not made the bot a moderator: what would come too late is not begun', async () => {
    await using t = await createTwitchTest({ fake: { windowMs: 1000 }, ...unhurried });

    const asked = Array.from({ length: 60 }, (_, n) => t.twitch.say('ada', `!ask ${n}`, { by: t.twitch.addPerson() }));
    const decided = t.db('twitch_replies').whereRaw('coalesce(turn_id::text, text, done_at::text) is not null');
    await expect.poll(() => decided.clone(), { timeout: 60_000 }).toHaveLength(60);
    for (let n = 0; n < 40; n += 1) {
      const call = await t.model.call(n);
      call.say('Hello.');
      call.finish();
    }
    await t.twitch.until(() => t.twitch.said().length === 41, 150_000);

    const hints = t.twitch.said().filter(({ text }) => text.startsWith('So many questions'));
    expect(t.model.calls).toHaveLength(40);
    expect(hints).toHaveLength(1);
    for (const one of asked) expect(t.twitch.answersTo(one).length).toBeLessThanOrEqual(1);
    expect(t.twitch.violations).toEqual([]);
  }, 180_000);

  it('is kept by two processes of one bot together, which answer each question once', async () => {
    await using one = await createTwitchTest({
      model: always('Hello.'),
      fake: { windowMs: 5000 },
      moderates: ['ada'],
      ...unhurried,
    });
    await using two = await createTwitchTest({
      model: always('Hello.'),
      at: one.twitch,
      database: one,
      ...unhurried,
    });
    await one.twitch.until(() => one.twitch.irc.countConnections() === 2);

    const asked = Array.from({ length: 120 }, (_, n) =>
      one.twitch.say('ada', `!ask ${n}`, { by: one.twitch.addPerson(), ...free }),
    );
    await one.twitch.until(() => asked.every((question) => one.twitch.answersTo(question).length > 0), 150_000);

    expect(one.twitch.said()).toHaveLength(120);
    expect(one.model.calls.length + two.model.calls.length).toBe(120);
    expect(one.twitch.violations).toEqual([]);
  }, 180_000);

  it('is that identical answers differ in what nobody sees', async () => {
    await using t = await createTwitchTest({ model: always('Hello.'), moderates: ['ada'] });

    const asked = [1, 2, 3, 4].map((n) => t.twitch.say('ada', `!ask ${n}`, { by: t.twitch.addPerson() }));
    await t.twitch.until(() => asked.every((one) => t.twitch.answersTo(one).length === 1));

    const texts = t.twitch.said().map(({ text }) => text);
    expect(new Set(texts).size).toBe(4);
    for (const text of texts) expect(text.replace(/ (?:\u{E0000}|\u034F)+$/u, '')).toBe('Hello.');
  });

  it('is not known of what was said by hand: an answer that is dropped as identical is varied', async () => {
    await using t = await createTwitchTest({ model: always('Hello.') });
    t.twitch.chat.dropNext('msg_duplicate');

    const asked = t.twitch.say('ada', '!ask hi');
    const { text } = await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(text).toMatch(/^Hello\. /);
  });

  it.each([
    ['/ban grace', 'ban grace'],
    ['.timeout grace 600', 'timeout grace 600'],
    ['\\/mods\r\nPRIVMSG #ada :/clear', 'mods PRIVMSG #ada :/clear'],
    ['@everyone\r\nJOIN #bob', '@\u200Beveryone JOIN #bob'],
    ['<!channel> @grace', '@\u200Bgrace'],
  ])('is never a command, though the model is made to write %j', async (answer, text) => {
    for (const settings of [{}, overIrc]) {
      await using t = await createTwitchTest({ model: always(answer), moderates: ['ada'], settings });

      const asked = t.twitch.say('ada', '!ask say something hostile');
      await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

      expect(t.twitch.said().map((message) => message.text)).toEqual([text]);
      expect(t.twitch.executed).toEqual([]);
      expect(t.twitch.violations).toEqual([]);
    }
  });
});
