import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';

interface Rate {
  perMinute: number;
}

/**
 * What Slack publishes per method and workspace (docs.slack.dev, rate limits): tier 2 is 20 a minute, tier 3 is 50,
 * tier 4 is 100. Posting is "several hundred" per workspace, and one a second in one channel (see `POST_IN_CHANNEL`).
 */
const RATES: Record<string, Rate> = {
  'chat.startStream': { perMinute: 20 },
  'chat.appendStream': { perMinute: 100 },
  'chat.stopStream': { perMinute: 20 },
  'chat.update': { perMinute: 50 },
  'chat.postMessage': { perMinute: 200 },
  'chat.postEphemeral': { perMinute: 100 },
  'chat.getPermalink': { perMinute: 200 },
  'conversations.info': { perMinute: 50 },
  'conversations.open': { perMinute: 50 },
  'conversations.replies': { perMinute: 50 },
  'users.info': { perMinute: 100 },
  'views.open': { perMinute: 100 },
  'views.publish': { perMinute: 100 },
  'assistant.threads.setStatus': { perMinute: 300 },
  'assistant.threads.setSuggestedPrompts': { perMinute: 50 },
  'assistant.threads.setTitle': { perMinute: 50 },
};
const UNKNOWN_RATE: Rate = { perMinute: 20 };
const POST_IN_CHANNEL = 'chat.postMessage in ';

/** The steady rate and the burst on top of it together stay below the published number in any minute. */
const STEADY_SHARE = 0.75;
const BURST_SHARE = 0.15;

interface Spacing {
  intervalMs: number;
  burstMs: number;
}

function toSpacing(method: string, minuteMs: number): Spacing {
  // A little more than a second: calls spend unequal times on the way.
  if (method.startsWith(POST_IN_CHANNEL)) return { intervalMs: (1.2 / 60) * minuteMs, burstMs: 0 };
  const { perMinute } = RATES[method] ?? UNKNOWN_RATE;
  const intervalMs = minuteMs / (perMinute * STEADY_SHARE);
  return { intervalMs, burstMs: Math.floor(perMinute * BURST_SHARE) * intervalMs };
}

/**
 * `next_at` is when the next call would be due at the steady rate; a call may come `burst` earlier. Whoever accepts
 * the delay moves it on and so has reserved their place in the line.
 */
const RESERVE = `
update slack_budgets set next_at = case
    when due.at - clock_timestamp() - :burstMs * interval '1 millisecond' <= :mayWaitMs * interval '1 millisecond'
    then due.at + :intervalMs * interval '1 millisecond' else slack_budgets.next_at end
from (
  select key, greatest(next_at, clock_timestamp()) as at from slack_budgets where key = :key for update
) due
where slack_budgets.key = due.key
returning extract(epoch from due.at - clock_timestamp()) * 1000 - :burstMs as delay_ms`;

const PUT_OFF = `
insert into slack_budgets (key, next_at) values (:key, clock_timestamp() + :ms * interval '1 millisecond')
on conflict (key) do update set next_at = greatest(slack_budgets.next_at, excluded.next_at)`;

/** Whether a call may be made: `delayMs` from now, when it was granted, or not before then, when not. */
export interface Reservation {
  isGranted: boolean;
  delayMs: number;
}

export type CallBudget = ReturnType<typeof createCallBudget>;

/**
 * One budget of calls per workspace and method, kept in the database and so shared by all processes. It is spent
 * before a call is made: Slack is never asked more often than it publishes.
 * @param options.minuteMs how long the minute of Slack's rates is; shorter only in tests
 */
export function createCallBudget({ db, minuteMs = 60_000 }: { db: Knex; minuteMs?: number }) {
  async function reserve(teamId: string, method: string, mayWaitMs: number): Promise<Reservation> {
    const { intervalMs, burstMs } = toSpacing(method, minuteMs);
    const key = `${teamId} ${method}`;
    const bindings = { key, intervalMs, burstMs, mayWaitMs };
    let { rows } = await db.raw(RESERVE, bindings);
    if (rows.length === 0) {
      await db.raw(PUT_OFF, { key, ms: 0 });
      ({ rows } = await db.raw(RESERVE, bindings));
    }
    const delayMs = Math.max(0, Math.ceil(Number(rows[0].delay_ms)));
    return { isGranted: delayMs <= mayWaitMs, delayMs };
  }

  return {
    reserve,

    minuteMs,
    /** The least time between two posts in one channel. */
    postGapMs: (1.05 / 60) * minuteMs,
    /** What Slack publishes for a method. */
    mostPerMinute: (method: string): number => (RATES[method] ?? UNKNOWN_RATE).perMinute,

    /** Waits for the reserved moment; false when that would take longer than `mayWaitMs`. */
    async take(teamId: string, method: string, { mayWaitMs }: { mayWaitMs: number }): Promise<boolean> {
      const { isGranted, delayMs } = await reserve(teamId, method, mayWaitMs);
      if (isGranted && delayMs > 0) await sleep(delayMs);
      return isGranted;
    },

    /** Slack said 429: nobody calls this method there for so long. */
    async putOff(teamId: string, method: string, ms: number): Promise<void> {
      await db.raw(PUT_OFF, { key: `${teamId} ${method}`, ms: ms + toSpacing(method, minuteMs).burstMs });
    },
  };
}

/** The budget for posting in one channel, beside the workspace's. */
export function postingIn(channel: string): string {
  return `${POST_IN_CHANNEL}${channel}`;
}
