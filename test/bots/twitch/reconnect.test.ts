import { describe, expect, it } from 'vitest';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTwitchTest, overIrc } from './twitch-harness.ts';

const hello = () => createScriptedModel({ reply: () => 'Hello.' });
type Test = Awaited<ReturnType<typeof createTwitchTest>>;

/** Somebody new asks at everything that happens, until this is true; gives what was asked. */
async function askUntil(t: Test, isOver: () => boolean) {
  const asked: { id: string }[] = [];
  await t.twitch.until(() => {
    if (asked.length < 100) asked.push(t.twitch.say('ada', `!ask ${asked.length}`, { by: t.twitch.addPerson() }));
    return isOver();
  });
  return asked;
}

async function expectOneAnswerEach(t: Test, asked: { id: string }[]): Promise<void> {
  await t.twitch.until(() => asked.every((one) => t.twitch.answersTo(one).length > 0));
  expect(asked.map((one) => t.twitch.answersTo(one).length)).toEqual(asked.map(() => 1));
  expect(t.twitch.violations).toEqual([]);
}

describe('when Twitch asks for another connection', () => {
  it.each([
    ['through the API', {}],
    ['over the chat connection', overIrc],
  ])('answers what is asked meanwhile, each once, %s', async (_how, settings) => {
    await using t = await createTwitchTest({ model: hello(), settings, moderates: ['ada'] });

    t.twitch.irc.askToReconnect();
    const asked = await askUntil(t, () => t.twitch.irc.logins.length === 2 && t.twitch.irc.countConnections() === 1);

    expect(asked.length).toBeGreaterThan(1);
    await expectOneAnswerEach(t, asked);
    expect(t.bot.state()).toMatchObject({ state: 'connected', detail: 'connected as parley, in 2 channels' });
  });

  it('keeps the one it has while the next is not welcomed, and takes that when the first is closed', async () => {
    await using t = await createTwitchTest({ model: hello(), moderates: ['ada'], bot: { loginMs: 300 } });
    t.twitch.irc.ignoreLogins(1);

    const closeThem = t.twitch.irc.askToReconnect();
    const asked = await askUntil(t, () => t.twitch.irc.logins.length === 2);
    closeThem();
    await t.twitch.until(() => t.twitch.irc.logins.length === 3 && t.twitch.irc.joined().has('ada'));
    asked.push(t.twitch.say('ada', '!ask last'));

    await expectOneAnswerEach(t, asked);
    expect(t.twitch.irc.logins.length).toBe(3);
  });

  it('goes on with the one it has when the token is not good for another', async () => {
    await using t = await createTwitchTest({ model: hello(), settings: overIrc, moderates: ['ada'] });
    t.twitch.expireTokens();

    t.twitch.irc.askToReconnect();
    const asked = await askUntil(t, () => t.twitch.irc.logins.length > 1 && t.twitch.irc.countConnections() === 1);

    await expectOneAnswerEach(t, asked);
    expect(t.bot.state().state).toBe('connected');
  });
});
