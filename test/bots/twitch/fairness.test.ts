import { describe, expect, it } from 'vitest';
import type { createScriptedModel } from '../../support/scripted-model.ts';
import { createTwitchTest } from './twitch-harness.ts';

/** Answers all that is asked; the first of them at the same time, so that what is sent when is a matter of the line. */
async function answerAll(model: ReturnType<typeof createScriptedModel>, counts: { atOnce: number; all: number }) {
  await model.call(counts.atOnce - 1);
  for (let n = 0; n < counts.all; n += 1) {
    const call = await model.call(n);
    call.say('Hello.');
    call.finish();
  }
}

/** Nobody dies here. */
const unhurried = { bot: { leaseMs: 60_000 }, more: { leaseMs: 60_000 } };

describe('in a rush on Twitch', () => {
  it('answers a moderator and another channel before the end of a crowd, and everybody before anybody twice', async () => {
    await using t = await createTwitchTest({
      fake: { windowMs: 10_000 },
      settings: { channels: ['ada', 'bob'] },
      ...unhurried,
    });
    const off = t.twitch.say('ada', '!ai cooldown 0', { badges: 'moderator/1', by: t.twitch.addPerson() });
    await t.twitch.until(() => t.twitch.answersTo(off)[0]);
    const people = Array.from({ length: 15 }, () => t.twitch.addPerson());
    const greedy = people[0]!;

    const crowd = people.map((by, n) => t.twitch.say('ada', `!ask ${n}`, { by }));
    const again = [1, 2, 3].map((n) => t.twitch.say('ada', `!ask again ${n}`, { by: greedy }));
    const late = t.twitch.say('ada', '!ask late', { by: t.twitch.addPerson() });
    const moderator = t.twitch.say('ada', '!ask mod', { badges: 'moderator/1', by: t.twitch.addPerson() });
    const streamer = t.twitch.say('ada', '!ask me', { badges: 'broadcaster/1', by: t.twitch.addPerson() });
    const elsewhere = t.twitch.say('bob', '!ask bob', { by: t.twitch.addPerson() });
    const all = [...crowd, ...again, late, moderator, streamer, elsewhere];
    await answerAll(t.model, { atOnce: all.length - again.length, all: all.length });
    await t.twitch.until(() => all.every((one) => t.twitch.answersTo(one).length === 1), 120_000);

    const order = t.twitch.said().map(({ replyTo }) => replyTo);
    const at = ({ id }: { id: string }) => order.indexOf(id);
    const lastOfCrowd = Math.max(...crowd.map(at));
    // The setting, and what is on its way already when they ask.
    expect(at(moderator)).toBeLessThan(6);
    expect(at(streamer)).toBeLessThan(6);
    expect(at(elsewhere)).toBeLessThan(8);
    expect(Math.min(...again.map(at))).toBeGreaterThan(at(late));
    expect(Math.min(...again.map(at))).toBeGreaterThan(lastOfCrowd);
    expect(t.twitch.violations).toEqual([]);
  }, 150_000);
});
