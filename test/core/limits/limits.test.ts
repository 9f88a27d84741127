import { describe, expect, it } from 'vitest';
import { createLimits } from '../../../core/limits/limits.ts';
import { createTestClock } from '../../support/test-clock.ts';
import { createTestDatabase } from '../../support/test-database.ts';

async function createTestLimits(most: { perPerson: number; perPlace: number }) {
  const database = await createTestDatabase();
  const clock = createTestClock();
  const limits = createLimits({ db: database.db, clock, ...most });
  return {
    clock,
    db: database.db,
    limits,
    /** What several questions in a row are answered with. */
    async take(
      times: number,
      question: { userId: string; channel?: string | null; cooldownMs?: number; channelCooldownMs?: number },
    ) {
      const verdicts: string[] = [];
      for (let n = 0; n < times; n++) {
        verdicts.push(await limits.take({ platform: 'discord', channel: 'general', ...question }));
      }
      return verdicts;
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

describe('how much may be asked', () => {
  it('allows a person so many questions, hints once, and is silent until the window is over', async () => {
    await using t = await createTestLimits({ perPerson: 2, perPlace: 100 });

    const first = await t.take(5, { userId: 'ada' });
    t.clock.advance(61_000);
    const second = await t.take(4, { userId: 'ada' });

    expect(first).toEqual(['allowed', 'allowed', 'hint', 'silent', 'silent']);
    expect(second).toEqual(['allowed', 'allowed', 'hint', 'silent']);
  });

  it('counts a person across places', async () => {
    await using t = await createTestLimits({ perPerson: 2, perPlace: 100 });

    await t.take(1, { userId: 'ada', channel: 'general' });
    await t.take(1, { userId: 'ada', channel: null });

    expect(await t.take(1, { userId: 'ada', channel: 'random' })).toEqual(['hint']);
  });

  it('hints once when many people together ask too much in one channel, and not in the others', async () => {
    await using t = await createTestLimits({ perPerson: 10, perPlace: 2 });

    const verdicts = [];
    for (const userId of ['ada', 'bob', 'cleo', 'dan']) verdicts.push(...(await t.take(1, { userId })));

    expect(verdicts).toEqual(['allowed', 'allowed', 'hint', 'silent']);
    expect(await t.take(1, { userId: 'eve', channel: 'random' })).toEqual(['allowed']);
    expect(await t.take(1, { userId: 'fay', channel: null })).toEqual(['allowed']);
  });

  it('lets one who asks too much take nothing from the others', async () => {
    await using t = await createTestLimits({ perPerson: 1, perPlace: 2 });

    await t.take(20, { userId: 'ada' });

    expect(await t.take(1, { userId: 'bob' })).toEqual(['allowed']);
  });

  it('keeps a cooldown of one question per person where moderators set one', async () => {
    await using t = await createTestLimits({ perPerson: 100, perPlace: 100 });

    const ada = await t.take(3, { userId: 'ada', cooldownMs: 10_000 });
    const bob = await t.take(1, { userId: 'bob', cooldownMs: 10_000 });
    t.clock.advance(10_001);

    expect(ada).toEqual(['allowed', 'hint', 'silent']);
    expect(bob).toEqual(['allowed']);
    expect(await t.take(1, { userId: 'ada', cooldownMs: 10_000 })).toEqual(['allowed']);
  });

  it('admits exactly as many as allowed when all come at once', async () => {
    await using t = await createTestLimits({ perPerson: 3, perPlace: 100 });

    const verdicts = await Promise.all(Array.from({ length: 20 }, () => t.take(1, { userId: 'ada' })));

    expect(verdicts.flat().filter((verdict) => verdict === 'allowed')).toHaveLength(3);
    expect(verdicts.flat().filter((verdict) => verdict === 'hint')).toHaveLength(1);
  });

  it('clears away what is over', async () => {
    await using t = await createTestLimits({ perPerson: 3, perPlace: 100 });
    for (let n = 0; n < 10; n++) await t.take(1, { userId: `early ${n}`, channel: null });

    t.clock.advance(120_000);
    for (let n = 0; n < 6; n++) await t.take(1, { userId: `late ${n}`, channel: null });

    expect(await t.db('question_counts')).toHaveLength(6);
  });

  it('lets a channel rest between the questions of all people, when its moderators want that', async () => {
    await using t = await createTestLimits({ perPerson: 100, perPlace: 100 });

    const ada = await t.take(1, { userId: 'ada', channelCooldownMs: 5000 });
    const bob = await t.take(1, { userId: 'bob', channelCooldownMs: 5000 });
    const cy = await t.take(1, { userId: 'cy', channelCooldownMs: 5000 });
    t.clock.advance(6000);
    const later = await t.take(1, { userId: 'bob', channelCooldownMs: 5000 });

    expect([ada, bob, cy, later].flat()).toEqual(['allowed', 'hint', 'silent', 'allowed']);
  });
});
