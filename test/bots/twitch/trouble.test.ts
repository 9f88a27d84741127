import { describe, expect, it } from 'vitest';
import { AppError } from '../../../core/errors.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTwitchTest, overIrc } from './twitch-harness.ts';

const always = (text: string) => createScriptedModel({ reply: () => text });

describe('trouble in mid-answer', () => {
  it.each([
    ['fails', new AppError('model_unavailable', 'x'), /^The language model does not answer right now/],
    ['takes too long', new AppError('model_timeout', 'x'), /^The language model took too long/],
    [
      'does what nobody foresaw',
      new Error('secret detail'),
      /^Something went wrong on my side.*tell whoever runs this bot: [\w-]{36}$/,
    ],
  ])('with a model that %s is told in one sentence', async (_what, error, sentence) => {
    await using t = await createTwitchTest({ model: createScriptedModel({ reply: () => error }) });

    const asked = t.twitch.say('ada', '!ask anything');
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(t.twitch.said()).toHaveLength(1);
    expect(t.twitch.said()[0]?.text).toMatch(sentence);
    expect(t.twitch.said()[0]?.text).not.toContain('secret');
  });

  it('with a model that is cut shows what there is and says so', async () => {
    await using t = await createTwitchTest();

    const asked = t.twitch.say('ada', '!ask anything');
    const call = await t.model.call(0);
    call.say('The first half');
    call.fail(new AppError('model_interrupted', 'x'));
    const { text } = await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(text).toBe('The first half The answer broke off. Please try again.');
  });

  it.each([
    ['dropped', (t: { drop(): void }) => t.drop()],
    ['taken back by Twitch', (t: { askToReconnect(): void }) => t.askToReconnect()],
  ])('with a chat connection that is %s ends in one answer, and goes on', async (_how, interrupt) => {
    await using t = await createTwitchTest({ settings: overIrc });
    const asked = t.twitch.say('ada', '!ask anything');
    const call = await t.model.call(0);

    interrupt(t.twitch.irc as never);
    call.say('Here it is.');
    call.finish();
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);
    await t.twitch.until(() => t.twitch.irc.joined().has('ada'));
    const next = t.twitch.say('ada', '!ask more', { badges: 'moderator/1' });
    const second = await t.model.call(1);
    second.say('More.');
    second.finish();
    await t.twitch.until(() => t.twitch.answersTo(next)[0]);

    expect(t.twitch.said().map(({ text }) => text)).toEqual(['Here it is.', 'More.']);
    expect(t.twitch.violations).toEqual([]);
  });

  it('with a channel that is answered before it is joined again reads on there', async () => {
    await using t = await createTwitchTest({ settings: overIrc, bot: { joinPaceMs: 1500 } });
    const asked = t.twitch.say('ada', '!ask anything');
    const call = await t.model.call(0);

    t.twitch.irc.drop();
    call.say('Here it is.');
    call.finish();
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);
    await t.twitch.until(() => t.twitch.irc.joined().has('ada'));

    expect(t.twitch.violations).toEqual([]);
  });

  it('with a chat server that does not welcome the bot back is tried again', async () => {
    await using t = await createTwitchTest({ bot: { loginMs: 50 } });

    t.twitch.irc.ignoreLogins(2);
    t.twitch.irc.drop();
    await t.twitch.until(() => t.twitch.irc.logins.length === 4 && t.twitch.irc.joined().has('ada'));

    expect(t.bot.state().state).toBe('connected');
  });

  it('with a chat server that is slow to welcome the bot back waits with its answer', async () => {
    await using t = await createTwitchTest({ settings: overIrc, bot: { loginMs: 1500 } });
    const asked = t.twitch.say('ada', '!ask anything');
    const call = await t.model.call(0);

    t.twitch.irc.ignoreLogins(1);
    t.twitch.irc.drop();
    await t.twitch.until(() => t.twitch.irc.logins.length === 2);
    call.say('Here it is.');
    call.finish();
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(t.twitch.said().map(({ text }) => text)).toEqual(['Here it is.']);
    expect(t.twitch.violations).toEqual([]);
  });

  it('with a message that the chat server never confirms is not said twice', async () => {
    await using t = await createTwitchTest({ settings: overIrc });
    t.twitch.irc.swallow(1);
    const asked = t.twitch.say('ada', '!ask anything');
    const call = await t.model.call(0);
    call.say('Here it is.');
    call.finish();

    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(t.twitch.said()).toHaveLength(1);
  });

  it('with a database so slow that a question is decided on after its lease is answered all the same', async () => {
    await using t = await createTwitchTest({ model: always('Hello.'), bot: { leaseMs: 1 } });
    const { settings } = t.app.places;
    const gate = Promise.withResolvers<void>();
    t.app.places.settings = async (place) => {
      await gate.promise;
      return settings(place);
    };

    const asked = t.twitch.say('ada', '!ask hi');
    const isHeldOn = `lease_until > created_at + interval '500 ms' and attempts <= 1`;
    await expect.poll(() => t.db('twitch_replies').whereRaw(isHeldOn), { timeout: 15_000 }).toHaveLength(1);
    gate.resolve();
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(t.twitch.said().map(({ text }) => text)).toEqual(['Hello.']);
  });

  it('with an answer that meets its length limit says so, and how to go on', async () => {
    await using t = await createTwitchTest();
    const asked = t.twitch.say('ada', '!ask anything');
    const call = await t.model.call(0);

    call.say('The first half of');
    call.finish('length');
    const { text } = await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(text).toBe('The first half of (cut at its length limit; "!ask go on" for more)');
  });

  it('with the stop of the asker ends it', async () => {
    await using t = await createTwitchTest();
    const asked = t.twitch.say('ada', '!ask anything');
    const call = await t.model.call(0);

    t.twitch.say('ada', '!stop');
    await t.twitch.until(() => call.signal.aborted);
    const { text } = await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(text).toBe('Stopped.');
  });
});

describe('an answer that Twitch does not take at once', () => {
  it('is sent again when the request got lost', async () => {
    await using t = await createTwitchTest({ model: always('Hello.') });
    t.twitch.failApi('cut', 500, 503);

    const asked = t.twitch.say('ada', '!ask hi');
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(t.twitch.said()).toHaveLength(1);
  });

  it('is not doubled when only the confirmation got lost', async () => {
    await using t = await createTwitchTest({ model: always('Hello.') });
    t.twitch.failApi('shown_but_cut');

    t.twitch.say('ada', '!ask hi');
    await t.twitch.until(() => t.twitch.said()[0]);
    const other = t.twitch.say('ada', '!ask more', { by: t.twitch.addPerson() });
    await t.twitch.until(() => t.twitch.answersTo(other)[0]);

    expect(t.twitch.said()).toHaveLength(2);
  });

  it('is sent over the chat connection where the broadcaster has not allowed the application', async () => {
    await using t = await createTwitchTest({ model: always('Hello.') });
    t.twitch.chat.channels.get('ada')!.allowsBot = false;

    const asked = t.twitch.say('ada', '!ask hi');
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(t.twitch.said()).toMatchObject([{ text: 'Hello.', via: 'irc', hasBadge: false }]);
    expect(t.logger.lines.some(({ message }) => message.includes('docs/twitch.md'))).toBe(true);
  });

  it('is no reply any more when the question is gone', async () => {
    await using t = await createTwitchTest({ model: always('Hello.') });
    const asked = t.twitch.say('ada', '!ask hi');
    t.twitch.chat.channels.get('ada')!.messageIds.delete(asked.id);

    await t.twitch.until(() => t.twitch.said()[0]);

    expect(t.twitch.said()).toMatchObject([{ text: '@grace Hello.', replyTo: null }]);
  });

  it('is given up when the chat does not want it, and the operator is told why', async () => {
    await using t = await createTwitchTest({ model: always('Hello.') });
    t.twitch.chat.channels.get('ada')!.refusal = 'followers_only_mode';

    t.twitch.say('ada', '!ask hi');
    const line = await t.twitch.until(() => t.logger.lines.find(({ message }) => message.includes('did not show')));

    expect(line.fields).toMatchObject({ channel: 'ada', reason: 'followers_only_mode' });
    expect(t.twitch.said()).toEqual([]);
    expect(t.bot.state()).toEqual({
      state: 'degraded',
      detail: 'connected as parley, in 2 channels; Twitch does not show what is said in ada (followers_only_mode)',
    });

    t.twitch.chat.channels.get('ada')!.refusal = null;
    const next = t.twitch.say('ada', '!ask again', { by: t.twitch.addPerson() });
    await t.twitch.until(() => t.twitch.answersTo(next)[0]);
    await expect.poll(() => t.bot.state().state).toBe('connected');
  });

  it.each(['msg_rejected', 'msg_rejected_mandatory', 'too_long'])(
    'ends in a sentence when Twitch says %s',
    async (code) => {
      await using t = await createTwitchTest({ model: always('Hello.'), settings: overIrc });
      t.twitch.chat.dropNext(code);

      const asked = t.twitch.say('ada', '!ask hi');

      expect((await t.twitch.until(() => t.twitch.answersTo(asked)[0])).text).toMatch(/can be read here: https:/);
    },
  );

  it('names the asker where each message must be unlike all others', async () => {
    await using t = await createTwitchTest({ model: always('Hello.'), settings: overIrc });
    t.twitch.chat.dropNext('msg_r9k');

    t.twitch.say('ada', '!ask hi');

    expect((await t.twitch.until(() => t.twitch.said()[0])).text).toBe('@grace Hello.');
  });

  it('is said to be elsewhere when the filters of the chat hold it back', async () => {
    await using t = await createTwitchTest({ model: always('A word that the filter does not like.') });
    t.twitch.chat.dropNext('msg_rejected');

    const asked = t.twitch.say('ada', '!ask hi');
    const { text } = await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(text).toMatch(
      /^This chat's filters held my answer back\. It can be read here: https:\/\/parley\.example\/a\//,
    );
  });

  it('waits out what Twitch calls too many requests', async () => {
    await using t = await createTwitchTest({ model: always('Hello.') });
    t.twitch.failApi(429);

    const asked = t.twitch.say('ada', '!ask hi');
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(t.twitch.said()).toHaveLength(1);
  });
});

describe('a process that is killed', () => {
  it('in mid-answer leaves it to the next one, which gives it once', async () => {
    await using first = await createTwitchTest();
    const asked = first.twitch.say('ada', '!ask anything');
    const call = await first.model.call(0);
    call.say('Half of');
    await first.kill();

    await using second = await createTwitchTest({ model: always('All of it.'), at: first.twitch, database: first });
    await first.twitch.until(() => first.twitch.answersTo(asked)[0]);

    expect(first.twitch.said().map(({ text }) => text)).toEqual(['All of it.']);
    expect(second.model.calls).toHaveLength(1);
  });

  it('when the answer is written and waits to be said leaves that, and the model is not asked again', async () => {
    await using first = await createTwitchTest({ model: always('Hello.') });
    // Twitch cannot be reached for a while.
    first.twitch.failApi(...Array.from({ length: 50 }, () => 500));
    const asked = first.twitch.say('ada', '!ask anything');
    await expect.poll(() => first.db('twitch_replies').whereNotNull('text')).toHaveLength(1);
    await first.kill();

    first.twitch.clearFailures();
    await using second = await createTwitchTest({ model: always('Again.'), at: first.twitch, database: first });
    await first.twitch.until(() => first.twitch.answersTo(asked)[0]);

    // What was tried before is varied invisibly, so that Twitch does not take it for a repetition.
    expect(first.twitch.said().map(({ text }) => text.replace(/[\s\p{Default_Ignorable_Code_Point}]+$/u, ''))).toEqual([
      'Hello.',
    ]);
    expect(second.model.calls).toEqual([]);
  });

  it('before it had decided on a question leaves a sentence about that to the next one', async () => {
    await using first = await createTwitchTest();
    const { id } = first.twitch.say('ada', 'hi all');
    await first.kill();
    const recorded = { event_id: id, message_id: id, channel: 'ada', room_id: '5001', asker_id: '1', asker_login: 'x' };
    await first.db('twitch_replies').insert({ ...recorded, lease_owner: null, lease_until: first.db.fn.now() });

    await using second = await createTwitchTest({ at: first.twitch, database: first });
    await first.twitch.until(() => first.twitch.answersTo({ id })[0]);

    expect(first.twitch.said().map(({ text }) => text)).toEqual([
      'I was restarted just when you wrote. Please ask again.',
    ]);
    expect(second.model.calls).toEqual([]);
  });

  it('before it had decided on a question leaves the question to the next one, and counts it once', async () => {
    await using first = await createTwitchTest();
    const gate = Promise.withResolvers<void>();
    first.app.turns.accept = async () => {
      await gate.promise;
      throw new Error('killed');
    };
    const asked = first.twitch.say('ada', '!ask anything');
    await expect.poll(() => first.db('twitch_replies')).toHaveLength(1);
    // As after kill -9: nobody says any more what becomes of it.
    await expect.poll(() => first.db('users')).toHaveLength(1);
    await first.db('twitch_replies').update({ lease_owner: null, lease_until: first.db.fn.now() });

    await using second = await createTwitchTest({ model: always('All of it.'), at: first.twitch, database: first });
    await first.twitch.until(() => first.twitch.answersTo(asked)[0]);

    expect(first.twitch.said().map(({ text }) => text)).toEqual(['All of it.']);
    expect(second.model.calls).toHaveLength(1);
    await expect.poll(() => first.db('twitch_replies').whereNotNull('asked')).toEqual([]);
    gate.resolve();
  });

  it('between the sending and the confirmation leaves no second answer', async () => {
    await using first = await createTwitchTest({ model: always('Hello.') });
    first.twitch.failApi('shown_but_cut');
    const asked = first.twitch.say('ada', '!ask anything');
    await first.twitch.until(() => first.twitch.answersTo(asked)[0]);
    await first.kill();

    await using second = await createTwitchTest({ model: always('Hello.'), at: first.twitch, database: first });
    const other = first.twitch.say('ada', '!ask more', { by: first.twitch.addPerson() });
    await first.twitch.until(() => first.twitch.answersTo(other)[0]);
    await expect.poll(() => second.db('twitch_replies').whereNull('done_at')).toEqual([]);

    expect(first.twitch.answersTo(asked)).toHaveLength(1);
  });
});
