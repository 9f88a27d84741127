import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Platform } from './platform.ts';

/** What was said on one platform. */
export interface SaidOnPlatform {
  platform: Platform;
  /** That began there. */
  chats: number;
  /** Of the person, not the answers to them. */
  messages: number;
}

/** What all of it took, since the first of the month in UTC. */
export interface MonthlyUsage {
  inputTokens: number;
  outputTokens: number;
  /** 0 where no price is known, or nobody pays. */
  costMicros: number;
}

/** Who somebody is here, in the numbers that they ask for. */
export interface AccountSummary {
  displayName: string;
  /** Null for those who sign in without a password, or not at all. */
  username: string | null;
  /** The accounts elsewhere that are the same person, oldest first. */
  identities: { platform: string; displayName: string }[];
  said: SaidOnPlatform[];
  usage: MonthlyUsage;
  /** Where the person manages all of it. */
  accountUrl: string;
}

/** Most that are told; nobody has more who is not a test. */
const MOST_IDENTITIES = 50;

const SAID = `
select platform, sum(chats)::int as chats, sum(messages)::int as messages from (
  select platform, count(*) as chats, 0 as messages from sessions where user_id = :userId group by platform
  union all
  select turns.platform, 0, count(*) from turns
  where turns.user_id = :userId and exists (select from messages where messages.turn_id = turns.id and messages.role = 'user')
  group by turns.platform
) counted group by platform order by platform`;

const USAGE = `
select
  (select coalesce(sum(input_tokens), 0) from answers)::bigint as "inputTokens",
  (select coalesce(sum(output_tokens), 0) from answers)::bigint as "outputTokens",
  (select coalesce(sum(cost_micros), 0) from usage_records
   where user_id = :userId and created_at >= :since)::bigint as "costMicros"`;

const ANSWERS = `
with answers as (
  select messages.input_tokens, messages.output_tokens
  from turns join messages on messages.turn_id = turns.id and messages.role = 'assistant'
  where turns.user_id = :userId and turns.created_at >= :since
)`;

/** Sums up what is kept of a person: for `/account`, and before everything is erased. */
export function createAccountSummary({ db, clock, accountUrl }: { db: Knex; clock: Clock; accountUrl: string }) {
  /** @throws AppError `not_found` when the person has been erased */
  return async function summarise(userId: string): Promise<AccountSummary> {
    const user = await db('users')
      .leftJoin('accounts', 'accounts.user_id', 'users.id')
      .where({ id: userId })
      .first('users.display_name', 'accounts.username');
    if (!user) throw new AppError('not_found', 'There is nothing kept of this person.');
    const identities = await db('identities')
      .where({ user_id: userId })
      .orderBy('created_at')
      .limit(MOST_IDENTITIES)
      .select({ platform: 'platform', displayName: 'display_name' });
    const said = await db.raw(SAID, { userId });
    const usage = await db.raw(ANSWERS + USAGE, { userId, since: firstOfMonth(clock.now()) });
    return {
      displayName: user.display_name,
      username: user.username,
      identities,
      said: said.rows,
      usage: usage.rows[0],
      accountUrl,
    };
  };
}

function firstOfMonth(date: Date): Date {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1));
}
