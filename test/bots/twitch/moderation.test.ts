import { describe, expect, it } from 'vitest';
import { createModelNames } from '../../../core/models/model-names.ts';
import type { CatalogueModel } from '../../../core/ports/catalogue-model.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTwitchTest } from './twitch-harness.ts';

const always = (text: string) => createScriptedModel({ reply: () => text });
const onlySmall = createModelNames({
  offered: { list: async () => [{ id: 'small' }] as CatalogueModel[] },
  usualModel: 'auto',
  isAtServer: async () => false,
});
const moderator = { badges: 'moderator/1' };

describe('what moderators set in Twitch chat', () => {
  it.each(['moderator/1', 'broadcaster/1'])('pauses and resumes the assistant, by %s', async (badges) => {
    await using t = await createTwitchTest({ model: always('Here.') });
    const command = async (text: string) => {
      const said = t.twitch.say('ada', text, { badges });
      return (await t.twitch.until(() => t.twitch.answersTo(said)[0])).text;
    };

    const paused = await command('!ai pause');
    const ignored = t.twitch.say('ada', '!ask one');
    const resumed = await command('!ai resume');
    const asked = t.twitch.say('ada', '!ask two');
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(paused).toMatch(/^Done\. I am paused here/);
    expect(resumed).toMatch(/^Done\. I answer here/);
    expect(t.twitch.answersTo(ignored)).toEqual([]);
  });

  it('is nothing that anybody else can set', async () => {
    await using t = await createTwitchTest({ model: always('Here.') });

    for (const badges of ['', 'vip/1', 'subscriber/12']) t.twitch.say('ada', '!ai pause', { badges });
    const asked = t.twitch.say('ada', '!ask two');
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(t.twitch.said().map(({ text }) => text)).toEqual(['Here.']);
  });

  it.each([
    ['sub', ['subscriber/6', 'founder/0', 'vip/1', 'moderator/1', 'broadcaster/1'], ['']],
    ['vip', ['vip/1', 'moderator/1'], ['', 'subscriber/6']],
    ['mod', ['moderator/1', 'broadcaster/1'], ['vip/1', 'subscriber/6']],
  ])('lets only those at level %s ask, and tells the others once', async (level, allowed, others) => {
    await using t = await createTwitchTest({ model: always('Here.'), moderates: ['ada'] });
    const set = t.twitch.say('ada', `!ai level ${level}`, moderator);
    await t.twitch.until(() => t.twitch.answersTo(set)[0]);

    const refused = others.flatMap((badges) => {
      const by = t.twitch.addPerson();
      return [t.twitch.say('ada', '!ask a', { badges, by }), t.twitch.say('ada', '!ask b', { badges, by })];
    });
    const answered = allowed.map((badges) => t.twitch.say('ada', '!ask c', { badges, by: t.twitch.addPerson() }));
    await t.twitch.until(() => answered.every((asked) => t.twitch.answersTo(asked).length === 1));
    await t.twitch.until(() => t.twitch.said().length === 1 + allowed.length + others.length);

    for (const asked of answered) expect(t.twitch.answersTo(asked)[0]?.text).toMatch(/^Here\./);
    const hints = refused.flatMap((asked) => t.twitch.answersTo(asked).map(({ text }) => text));
    expect(hints).toHaveLength(others.length);
    expect(hints[0]).toMatch(/^In this channel I answer/);
    expect(t.twitch.violations).toEqual([]);
  });

  it('makes a person wait between questions, with one hint and then silence, but no moderator', async () => {
    await using t = await createTwitchTest({ model: always('Here.'), moderates: ['ada'] });
    const set = t.twitch.say('ada', '!ai cooldown 60', moderator);
    await t.twitch.until(() => t.twitch.answersTo(set)[0]);

    const person = t.twitch.addPerson();
    const asked: { id: string }[] = [];
    for (let n = 0; n < 4; n++) {
      asked.push(t.twitch.say('ada', `!ask ${n}`, { by: person }));
      if (n < 2) await t.twitch.until(() => t.twitch.answersTo(asked[n]!)[0]);
    }
    const byModerator = [1, 2, 3].map((n) => t.twitch.say('ada', `!ask mod ${n}`, moderator));
    await t.twitch.until(() => byModerator.every((one) => t.twitch.answersTo(one).length === 1));

    expect(asked.map((one) => t.twitch.answersTo(one).map(({ text }) => text))).toEqual([
      ['Here.'],
      ['That was a bit fast for me. Please wait a moment and ask again.'],
      [],
      [],
    ]);
    expect(t.twitch.violations).toEqual([]);
  });

  it('lets the channel rest between the questions of all people', async () => {
    await using t = await createTwitchTest({ model: always('Here.'), moderates: ['ada'] });
    const set = t.twitch.say('ada', '!ai cooldown channel 60', moderator);
    await t.twitch.until(() => t.twitch.answersTo(set)[0]);

    const first = t.twitch.say('ada', '!ask a', { by: t.twitch.addPerson() });
    await t.twitch.until(() => t.twitch.answersTo(first)[0]);
    const second = t.twitch.say('ada', '!ask b', { by: t.twitch.addPerson() });
    await t.twitch.until(() => t.twitch.answersTo(second)[0]);

    expect(t.twitch.answersTo(first)[0]?.text).toBe('Here.');
    expect(t.twitch.answersTo(second)[0]?.text).toMatch(/wait a moment/);
    expect(t.model.calls).toHaveLength(1);
  });

  it('reaches the model as instructions', async () => {
    await using t = await createTwitchTest({ model: always('Arr.') });
    const set = t.twitch.say('ada', '!ai instructions Talk like a pirate.', moderator);
    await t.twitch.until(() => t.twitch.answersTo(set)[0]);

    const asked = t.twitch.say('ada', '!ask who are you?');
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(t.model.calls[0]?.request.system).toContain('Talk like a pirate.');
  });

  it('is no model that nobody has, and those there are get named', async () => {
    await using t = await createTwitchTest({ more: { findModelName: onlySmall } });
    const say = async (text: string) => {
      const said = t.twitch.say('ada', text, moderator);
      return (await t.twitch.until(() => t.twitch.answersTo(said)[0])).text;
    };

    expect(await say('!ai model gpt-99')).toBe('There is no model of that name. Choose one of these: auto, small.');
    expect(await say('!ai model small')).toMatch(/^Done\..*model small\.$/);
    expect(await say('!ai model off \u{E0000}')).toMatch(/^Done\.(?!.*model)/);
  });

  it.each(['!ai cooldown', '!ai cooldown -1', '!ai cooldown 99999', '!ai level king', '!ai dance'])(
    'is explained when it is wrong: %s',
    async (text) => {
      await using t = await createTwitchTest();

      const said = t.twitch.say('ada', text, moderator);
      const { text: answer } = await t.twitch.until(() => t.twitch.answersTo(said)[0]);

      expect(answer).toMatch(/^Try "!ai pause"/);
    },
  );
});

describe('what moderators remove from Twitch chat', () => {
  it('is not answered any more, and not kept', async () => {
    await using t = await createTwitchTest();

    const asked = t.twitch.say('ada', '!ask something bad');
    const call = await t.model.call(0);
    call.say('An answer');
    t.twitch.deleteMessage('ada', asked);
    await t.twitch.until(() => call.signal.aborted);
    const other = t.twitch.say('ada', '!ask something else', { by: t.twitch.addPerson() });
    const next = await t.model.call(1);
    next.say('Fine.');
    next.finish();
    await t.twitch.until(() => t.twitch.answersTo(other)[0]);
    await t.twitch.until(() => t.logger.lines.some(({ message }) => message.includes('was forgotten')));

    expect(t.twitch.answersTo(asked)).toEqual([]);
    expect((await t.db('messages').pluck('content')).sort()).toEqual(['Fine.', 'something else']);
  });

  it('is forgotten with its answer and the page of it when it had been answered', async () => {
    await using t = await createTwitchTest({ model: always('A long answer. '.repeat(50)) });
    const asked = t.twitch.say('ada', '!ask something bad');
    const { text } = await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    t.twitch.deleteMessage('ada', asked);
    await t.twitch.until(() => t.logger.lines.some(({ message }) => message.includes('was forgotten')));

    expect(await t.db('messages')).toEqual([]);
    expect(await t.app.sharedAnswers.find(text.split('/a/')[1] ?? '')).toBeNull();
    expect(await t.db('twitch_replies').pluck('text')).toEqual([null]);
  });

  it('with a ban is everything that person said in that channel, and nothing else', async () => {
    await using t = await createTwitchTest({ model: always('Fine.'), settings: { channels: ['ada', 'bob'] } });
    const [bad, good] = [t.twitch.addPerson(), t.twitch.addPerson()];
    const asked = [
      t.twitch.say('ada', '!ask bad here', { by: bad }),
      t.twitch.say('bob', '!ask bad there', { by: bad }),
      t.twitch.say('ada', '!ask good', { by: good }),
    ];
    await t.twitch.until(() => asked.every((one) => t.twitch.answersTo(one).length === 1));

    t.twitch.ban('ada', bad);
    await t.twitch.until(() => t.logger.lines.some(({ message }) => message.includes('was forgotten')));
    await t.bot.stop();

    expect((await t.db('messages').where({ role: 'user' }).pluck('content')).sort()).toEqual(['bad there', 'good']);
    expect(await t.db('sessions').where({ space: 'twitch:ada' })).toHaveLength(1);
  });

  it('with a timeout stops what is being answered', async () => {
    await using t = await createTwitchTest();
    const asked = t.twitch.say('ada', '!ask something bad');
    const call = await t.model.call(0);

    t.twitch.ban('ada', asked.by, { seconds: 60 });
    await t.twitch.until(() => call.signal.aborted);
    await t.twitch.until(() => t.logger.lines.some(({ message }) => message.includes('was forgotten')));

    expect(t.twitch.said()).toEqual([]);
    expect(await t.db('messages')).toEqual([]);
  });
});
