import { createHash } from 'node:crypto';
import type { Knex } from 'knex';

export interface SendBudgetOptions {
  db: Knex;
  /** Login name of the bot: Twitch counts by account, so all processes of it do. */
  account: string;
  windowMs?: number;
}

export interface WantedSlot {
  channel: string;
  text: string;
  /** Whether the bot may send there as a moderator or as the broadcaster. */
  isModerator: boolean;
  /** The same message once more, because it may not have arrived: it stays as it is, so that Twitch drops a second one. */
  isRepeat: boolean;
  /** How often it was dropped already for being the same as an earlier one. */
  variation: number;
}

/** A place for one message, and how its text is to be sent; or how long to wait before asking again, and for what. */
export type Slot = { waitMs: number; of: 'account' | 'channel' } | { waitMs: 0; id: number; text: string };

/** Twitch's limits for accounts: https://dev.twitch.tv/docs/chat/#rate-limits. Beyond them a bot is muted for long. */
const LIMITS = { member: 20, moderator: 100 };
const WINDOW_MS = 30_000;
/** For those of a process that died before it knew when they arrived, and for clocks that differ. */
const MARGIN = 1 / 15;
/** One who is not a moderator may send to a channel about once a second; a 25th of the window is a bit more. */
const MEMBER_SPACING = 1 / 25;
/** Any number that says what kind of thing is locked; only this file uses it. */
const LOCK_KIND = 7_275_401;
/** Shown by nobody, and no white space that could be trimmed. */
const INVISIBLE = ['\u034F', '\u{E0000}'] as const;

const LATELY = `
select channel, text_hash, variation, extract(epoch from clock_timestamp() - sent_at)::float8 * 1000 as age_ms
from twitch_sent where account = ? and sent_at > clock_timestamp() - ? * interval '1 millisecond'
order by sent_at desc`;

export type SendBudget = ReturnType<typeof createSendBudget>;

/** How much may be said, counted in the database over any 30 seconds, for all processes and across restarts. */
export function createSendBudget({ db, account, windowMs = WINDOW_MS }: SendBudgetOptions) {
  const wholeMs = windowMs * (1 + MARGIN);

  return {
    /** Takes a place for one message, or tells how long to wait before asking again. */
    take({ channel, text, isModerator, isRepeat, variation }: WantedSlot): Promise<Slot> {
      return db.transaction(async (trx) => {
        await trx.raw('select pg_advisory_xact_lock(?, hashtext(?))', [LOCK_KIND, account]);
        const { rows: lately } = await trx.raw<{ rows: Sent[] }>(LATELY, [account, wholeMs]);
        const wait = howLong(lately, { channel, isModerator });
        if (wait.waitMs > 0) return wait;

        const hash = createHash('sha256').update(text).digest('base64');
        const same = lately.filter((sent) => sent.channel === channel && sent.text_hash === hash);
        // Not how many there were: the oldest of them may be forgotten already.
        const next = Math.max(-1, ...same.map((sent) => sent.variation)) + 1 + variation;
        const [{ id }] = await trx('twitch_sent')
          .insert({ account, channel, text_hash: hash, variation: next, sent_at: trx.raw('clock_timestamp()') })
          .returning('id');
        await trx.raw(
          `delete from twitch_sent where account = ? and sent_at < clock_timestamp() - ? * interval '2 milliseconds'`,
          [account, wholeMs],
        );
        return { waitMs: 0, id, text: isRepeat ? text : vary(text, next) };
      });
    },

    /** It has arrived at the latest now: it counts from here, however long it was on its way. */
    async settle(id: number): Promise<void> {
      await db('twitch_sent')
        .where({ id })
        .update({ sent_at: db.raw('clock_timestamp()') });
    },

    /** For a message that certainly did not reach Twitch. */
    async giveBack(id: number): Promise<void> {
      await db('twitch_sent').where({ id }).delete();
    },
  };

  function howLong(lately: Sent[], { channel, isModerator }: Pick<WantedSlot, 'channel' | 'isModerator'>) {
    const limit = isModerator ? LIMITS.moderator : LIMITS.member;
    const oldest = lately[limit - 1];
    const last = lately.find((sent) => sent.channel === channel);
    const forWindow = oldest ? wholeMs - oldest.age_ms : 0;
    const forSpacing = last && !isModerator ? windowMs * MEMBER_SPACING - last.age_ms : 0;
    const of = forWindow >= forSpacing ? ('account' as const) : ('channel' as const);
    return { waitMs: Math.ceil(Math.max(0, forWindow, forSpacing)), of };
  }
}

interface Sent {
  channel: string;
  text_hash: string;
  variation: number;
  age_ms: number;
}

/** Twitch drops what is the same as an earlier message: the nth time it gets an end that nobody sees. */
function vary(text: string, times: number): string {
  if (times === 0) return text;
  const digits = [...times.toString(2)].map((digit) => INVISIBLE[digit === '1' ? 1 : 0]);
  return `${text} ${digits.join('')}`;
}
