import { expect, it } from 'vitest';
import { createTwitchTest } from './twitch-harness.ts';

it.each(['!link', '@parley !link'])(
  '"%s" names the public address and no secret, as everybody reads along',
  async (text) => {
    await using t = await createTwitchTest();

    const asked = t.twitch.say('ada', text);
    await t.twitch.until(() => t.twitch.answersTo(asked)[0]);

    expect(t.twitch.said()).toMatchObject([
      { text: 'Log in with Twitch at https://parley.example/account and your chats here and there are the same.' },
    ]);
    expect(await t.db('link_codes')).toEqual([]);
    expect(t.twitch.violations).toEqual([]);
  },
);
