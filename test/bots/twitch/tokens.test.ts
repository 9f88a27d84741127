import { describe, expect, it } from 'vitest';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTwitchTest, overIrc } from './twitch-harness.ts';

const always = (text: string) => createScriptedModel({ reply: () => text });

describe('the tokens of the Twitch bot', () => {
  it('that are wrong turn it off with one clear line, and nothing else', async () => {
    await using t = await createTwitchTest({ settings: { accessToken: 'wrong', refreshToken: undefined } });

    expect(t.bot.state()).toMatchObject({ state: 'failed', detail: expect.stringContaining('TWITCH_ACCESS_TOKEN') });
    const errors = t.logger.lines.filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toMatch(/^Twitch is off: TWITCH_ACCESS_TOKEN is not valid any more/);
    expect(JSON.stringify(t.logger.lines)).not.toContain('wrong');
  });

  it.each([
    ['for another account', { settings: { username: 'somebody' } }, /another account than somebody/],
    ['without the scope to read', { fake: { scopes: ['chat:edit'] } }, /lacks the scope chat:read/],
    [
      'without the scope to write, and no application',
      { fake: { scopes: ['chat:read'] }, settings: overIrc },
      /chat:edit/,
    ],
    [
      'with a refresh token that is wrong, too',
      { settings: { accessToken: 'wrong', refreshToken: 'wrong' } },
      /TWITCH_REFRESH_TOKEN/,
    ],
  ])('%s turn it off and say why', async (_what, options, detail) => {
    await using t = await createTwitchTest({ ...options });

    expect(t.bot.state()).toMatchObject({ state: 'failed', detail: expect.stringMatching(detail) });
  });

  it('are validated at the start and again and again', async () => {
    await using t = await createTwitchTest({ bot: { validateMs: 30 } });

    await t.twitch.until(() => t.twitch.validated.length >= 3);

    expect(t.bot.state().state).toBe('connected');
  });

  it('are renewed when they have run out, and kept encrypted for the next start', async () => {
    await using first = await createTwitchTest({ settings: { accessToken: 'expired' } });
    const [row] = await first.db('twitch_tokens');
    await first.kill();

    await using second = await createTwitchTest({
      model: always('Hello.'),
      at: first.twitch,
      database: first,
      settings: { accessToken: 'expired' },
    });
    const asked = first.twitch.say('ada', '!ask hi');
    await first.twitch.until(() => first.twitch.answersTo(asked)[0]);

    expect(first.bot.state().state).toBe('off');
    expect(second.bot.state().state).toBe('connected');
    expect(first.twitch.validated.filter((token) => token === 'expired')).toHaveLength(1);
    for (const token of first.twitch.irc.logins) expect(JSON.stringify(row)).not.toContain(token);
  });

  it('that were replaced in the settings win over those kept', async () => {
    await using first = await createTwitchTest({ settings: { accessToken: 'expired' } });
    await first.kill();

    await using second = await createTwitchTest({ at: first.twitch, database: first });

    expect(second.bot.state().state).toBe('connected');
    expect(first.twitch.irc.logins.at(-1)).toBe('firsttoken');
  });

  it('that run out in between are renewed before the next login and the next answer', async () => {
    await using t = await createTwitchTest({ model: always('Hello.') });

    t.twitch.expireTokens();
    t.twitch.irc.drop();
    await t.twitch.until(() => t.twitch.irc.logins.length >= 3 && t.twitch.irc.joined().has('ada'));
    const asked = t.twitch.say('ada', '!ask hi');
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(t.twitch.said()).toMatchObject([{ text: 'Hello.', hasBadge: true }]);
    expect(t.bot.state().state).toBe('connected');
  });

  it('that were revoked turn it off', async () => {
    await using t = await createTwitchTest({ bot: { validateMs: 30 } });

    t.twitch.revoke();
    await t.twitch.until(() => t.bot.state().state === 'failed');

    await t.twitch.until(() => t.twitch.irc.countConnections() === 0);
  });

  it('of the application that are wrong leave answers without a badge', async () => {
    await using t = await createTwitchTest({ model: always('Hello.'), settings: { clientSecret: 'wrong' } });

    const asked = t.twitch.say('ada', '!ask hi');
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(t.twitch.said()).toMatchObject([{ text: 'Hello.', via: 'irc' }]);
  });

  it('cannot be looked at while Twitch is away: it goes on trying', async () => {
    await using t = await createTwitchTest({ settings: { authUrl: 'http://127.0.0.1:1/oauth2' } });

    expect(t.bot.state()).toMatchObject({ state: 'connecting' });
  });
});

describe('the channels of the Twitch bot', () => {
  it('are its own, those of the settings, and those whose broadcasters let it join', async () => {
    await using t = await createTwitchTest({ model: always('Hello.') });
    await t.twitch.until(() => t.twitch.irc.joined().has('parley'));

    const bob = t.twitch.addPerson('bob');
    const asked = t.twitch.say('parley', '!join', { by: bob });
    await t.twitch.until(() => t.twitch.irc.joined().has('bob'));
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);
    const question = t.twitch.say('bob', '!ask hi');
    await t.twitch.until(() => t.twitch.answersTo(question)[0]);

    expect([...t.twitch.irc.joined()].sort()).toEqual(['ada', 'bob', 'parley']);
    expect(t.bot.state().detail).toBe('connected as parley, in 3 channels');
  });

  it('are left when their broadcasters say so, whatever the settings say, also after a restart', async () => {
    await using first = await createTwitchTest();
    await first.twitch.until(() => first.twitch.irc.joined().has('parley'));
    first.twitch.say('parley', '!leave', { by: first.twitch.addPerson('ada') });
    await first.twitch.until(() => !first.twitch.irc.joined().has('ada'));
    await first.kill();

    await using second = await createTwitchTest({
      at: first.twitch,
      database: first,
      joins: ['parley', 'bob'],
      settings: { channels: ['ada', 'bob'] },
    });

    expect(second.bot.state().state).toBe('connected');
    expect(first.twitch.irc.joined().has('ada')).toBe(false);
  });

  it('are joined by every process of the bot, whichever was told', async () => {
    await using one = await createTwitchTest();
    await using two = await createTwitchTest({ at: one.twitch, database: one });
    await one.twitch.until(() => one.twitch.irc.countConnections() === 2 && one.twitch.irc.joined().has('parley'));

    one.twitch.say('parley', '!join', { by: one.twitch.addPerson('bob') });

    await one.twitch.until(() => [one, two].every(({ bot }) => bot.state().detail.includes('in 3 channels')));
  });

  it('are not what anybody can change in another channel', async () => {
    await using t = await createTwitchTest({ model: always('Hello.') });

    t.twitch.say('ada', '!join', { by: t.twitch.addPerson('bob') });
    t.twitch.say('ada', '!leave', { badges: 'broadcaster/1' });
    const asked = t.twitch.say('ada', '!ask hi');
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(await t.db('twitch_channels')).toEqual([]);
  });
});
