import { describe, expect, it } from 'vitest';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTwitchTest } from './twitch-harness.ts';

type Test = Awaited<ReturnType<typeof createTwitchTest>>;

const answering = () => createTwitchTest({ model: createScriptedModel({ reply: () => 'Here.' }), moderates: ['ada'] });

async function tell(t: Test, text: string, said: Parameters<Test['twitch']['say']>[2] = {}) {
  const written = t.twitch.say('ada', text, said);
  return (await t.twitch.until(() => t.twitch.answersTo(written)[0])).text;
}

/** Somebody who has signed in with Twitch, and chats on the website too. */
async function createMember(t: Test) {
  await tell(t, '!ask a secret');
  const user = await t.db('users').first('id');
  await t.db('identities').update({ signed_in_at: new Date() });
  await t.app.sessions.create({ userId: user.id, platform: 'web', space: null, title: 'On the website' });
  return user.id as string;
}

describe('what somebody can do about themselves in Twitch chat', () => {
  it.each(['!account', '@parley !account'])('%s says where, and nothing about them', async (text) => {
    await using t = await answering();

    const reply = await tell(t, text);

    expect(reply).toBe('What I know about you, and what is linked: sign in at https://parley.example/account');
    expect(await t.db('users')).toEqual([]);
  });

  it('!forget only says what would be gone', async () => {
    await using t = await answering();
    await tell(t, '!ask a secret');

    const reply = await tell(t, '!forget');

    expect(reply).toContain('"!forget confirm" erases all you said to me on Twitch, for good.');
    expect(reply).toContain('https://parley.example/account');
    expect(await t.db('messages')).toHaveLength(2);
  });

  it('!forget confirm erases somebody who is known by Twitch alone, and says so', async () => {
    await using t = await answering();
    await tell(t, '!ask a secret');

    const reply = await tell(t, '!forget confirm');
    const again = await tell(t, '!forget confirm');

    expect(reply).toBe('Done. All you said to me is erased.');
    expect(again).toBe('I know nothing about you.');
    for (const table of ['users', 'identities', 'sessions', 'turns', 'messages']) {
      expect(await t.db(table)).toEqual([]);
    }
    expect(t.twitch.violations).toEqual([]);
  });

  it('!forget confirm leaves what a member said elsewhere', async () => {
    await using t = await answering();
    const userId = await createMember(t);

    const reply = await tell(t, '!forget confirm');

    expect(reply).toBe(
      'Done. All you said to me on Twitch is erased. What I know from elsewhere: https://parley.example/account',
    );
    expect(await t.db('messages')).toEqual([]);
    expect(await t.db('sessions').pluck('title')).toEqual(['On the website']);
    expect(await t.app.users.find(userId)).not.toBeNull();
  });

  it('touches nobody else who talks there', async () => {
    await using t = await answering();
    const bob = t.twitch.addPerson();
    await tell(t, '!ask mine');
    await tell(t, '!ask and mine', { by: bob });

    await tell(t, '!forget confirm', { by: bob });

    expect(await t.db('messages').where({ role: 'user' }).pluck('content')).toEqual(['mine']);
  });

  it('is answered seldom, and not at all where the assistant is paused', async () => {
    await using t = await answering();
    await tell(t, '!ask something');
    await tell(t, '!account');
    const second = t.twitch.say('ada', '!account');
    await tell(t, '!ai pause', { badges: 'moderator/1' });
    const paused = t.twitch.say('ada', '!forget');
    await tell(t, '!ai', { badges: 'moderator/1' });

    expect([t.twitch.answersTo(second), t.twitch.answersTo(paused)]).toEqual([[], []]);
  });

  it('is told to each who asks, be they known or not, but not again and again', async () => {
    await using t = await answering();
    const [one, other] = [t.twitch.addPerson(), t.twitch.addPerson()];

    await tell(t, '!link', { by: one });
    const again = t.twitch.say('ada', '!link', { by: one });
    await tell(t, '!link', { by: other });
    await tell(t, '!account', { by: one });

    expect(t.twitch.answersTo(again)).toEqual([]);
  });

  it('leaves other commands that begin alike alone', async () => {
    await using t = await answering();

    const others = ['!accounts', '!account smurf', '!forget it', '!forgetful'].map((text) => t.twitch.say('ada', text));
    await tell(t, '!ask something');

    for (const said of others) expect(t.twitch.answersTo(said)).toEqual([]);
  });
});
