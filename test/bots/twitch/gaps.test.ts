import { expect, it } from 'vitest';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTwitchTest, overIrc, type TwitchTestOptions } from './twitch-harness.ts';

type Without = NonNullable<TwitchTestOptions<never>['fake']>['without'];

function createTest(without: Without, more: Partial<TwitchTestOptions<never>> = {}) {
  const model = createScriptedModel({ reply: () => 'Here it is.' });
  return createTwitchTest({ ...more, model, fake: { without, ...more.fake } });
}

it.each([
  ['whose chat tells no state after a message', { userState: true }, overIrc],
  ['without Send Chat Message', { api: true }, {}],
  ['that does not tell what a token allows', { inValidation: ['scopes', 'login', 'client_id'] }, {}],
  ['that does not tell whose id a token is for', { inValidation: ['user_id'] }, {}],
] as const)('answers once at a server %s', async (_what, without, settings) => {
  await using t = await createTest(without as Without, { settings });

  const asked = t.twitch.say('ada', '!ask anything');
  await t.twitch.until(() => t.twitch.answersTo(asked)[0]);
  // The next comes after whatever else would have been said of the first.
  const next = t.twitch.say('ada', '!ask more', { badges: 'moderator/1' });
  await t.twitch.until(() => t.twitch.answersTo(next)[0]);

  expect(t.twitch.said()).toHaveLength(2);
});

it('leaves a channel whose state it was never told', async () => {
  await using t = await createTest({ userState: true });
  t.twitch.addChannel('carol');
  const carol = t.twitch.addPerson('carol');

  t.twitch.say('parley', '!join', { by: carol });
  await t.twitch.until(() => t.twitch.irc.joined().has('carol'));
  t.twitch.say('parley', '!leave', { by: carol });
  await t.twitch.until(() => !t.twitch.irc.joined().has('carol'));

  await expect.poll(() => t.bot.state().detail).toContain('in 2 channels');
});

it('answers by name where messages carry no tags', async () => {
  await using t = await createTest({ tags: true });

  t.twitch.say('ada', '!ask anything', { by: t.twitch.addPerson('bea') });
  await t.twitch.until(() => t.twitch.said()[0]);

  expect(t.twitch.said()).toMatchObject([{ text: '@bea Here it is.', replyTo: null }]);
});

it('takes the path of the chat server from its address', async () => {
  await using t = await createTest({}, { fake: { ircPath: '/irc' } });

  const asked = t.twitch.say('ada', '!ask anything');
  await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

  expect(t.twitch.violations).toEqual([]);
});
