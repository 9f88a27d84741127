import type { Knex } from 'knex';
import type { Clock } from '../ports/clock.ts';
import type { Platform } from '../users/platform.ts';
import { createLimitsRepository } from './limits-repository.ts';

export interface LimitsOptions {
  db: Knex;
  clock: Clock;
  /** Questions one person may ask per minute, wherever they are. */
  perPerson: number;
  /** Questions that may be asked per minute in one channel. */
  perPlace: number;
}

/** `hint`: say once that it is too much; `silent`: it was said. */
export type LimitVerdict = 'allowed' | 'hint' | 'silent';

export interface LimitedQuestion {
  userId: string;
  platform: Platform;
  /** Null in a DM, where only the person's own limit counts. */
  channel: string | null;
  /** At most one question of this person in this channel in so long; set by the channel's moderators. */
  cooldownMs?: number;
  /** At most one question of anybody in this channel in so long; set by the channel's moderators. */
  channelCooldownMs?: number;
}

const WINDOW_MS = 60_000;

/** How much may be asked, counted in the database so that it holds across processes and restarts. */
export function createLimits({ db, clock, perPerson, perPlace }: LimitsOptions) {
  const rows = createLimitsRepository(db);

  async function takeOne(key: string, most: number, windowMs: number): Promise<LimitVerdict> {
    const now = clock.now();
    const used = await rows.count(key, { now, windowMs });
    if (used === 1) await rows.clearEndedBefore(now);
    if (used <= most) return 'allowed';
    return used === most + 1 ? 'hint' : 'silent';
  }

  return {
    /** Counts a question, once per platform event. What a person asks beyond their own limit takes nothing from others. */
    async take({ userId, platform, channel, cooldownMs, channelCooldownMs }: LimitedQuestion): Promise<LimitVerdict> {
      const person = await takeOne(`person:${userId}`, perPerson, WINDOW_MS);
      if (person !== 'allowed' || channel === null) return person;
      if (cooldownMs) {
        const cooldown = await takeOne(`cooldown:${platform}:${channel}:${userId}`, 1, cooldownMs);
        if (cooldown !== 'allowed') return cooldown;
      }
      if (channelCooldownMs) {
        const cooldown = await takeOne(`cooldown:${platform}:${channel}`, 1, channelCooldownMs);
        if (cooldown !== 'allowed') return cooldown;
      }
      return takeOne(`place:${platform}:${channel}`, perPlace, WINDOW_MS);
    },
  };
}
