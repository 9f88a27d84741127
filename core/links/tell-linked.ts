import type { Knex } from 'knex';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';

/** Somebody who asked for a link and has used it. */
export interface LinkedPerson {
  /** What they are called where they are logged in. */
  displayName: string;
  /** As it was given with the request. */
  delivery: unknown;
}

/** Tells the person in their chat, in private. What it throws is tried again. */
export type LinkedHandler = (linked: LinkedPerson) => Promise<void>;

export interface TellLinkedOptions {
  db: Knex;
  clock: Clock;
  logger: Logger;
  subscribe(channel: string, handler: (payload: string) => void): void;
}

interface ClaimedRow {
  code_hash: string;
  platform: string;
  delivery: unknown;
  display_name: string;
}

export const LINKED = 'parley_linked';
/** One process at a time tries to tell somebody; after so long another one does. */
const TELLING_MS = 30_000;
/** Later than that nobody wonders any more. */
const NEWS_MS = 15 * 60_000;

const CLAIM = `
update link_codes set telling_until = :until
from users
where users.id = link_codes.user_id and code_hash in (
  select code_hash from link_codes
  where used_at > :since and told_at is null and delivery is not null and platform = any(:platforms)
    and (telling_until is null or telling_until < :now)
  for update skip locked
) returning code_hash, platform, delivery, users.display_name`;

/**
 * Lets the chat confirm what was agreed to on the website, whichever process served the page. A signal wakes those that
 * can tell; what none of them could is found again by `tell`.
 */
export function createTellLinked({ db, clock, logger, subscribe }: TellLinkedOptions) {
  const handlers = new Map<string, LinkedHandler>();
  subscribe(LINKED, () => {
    tell().catch((err) => logger.warn({ err }, 'who has linked an account could not be looked up'));
  });

  async function tell(): Promise<void> {
    if (handlers.size === 0) return;
    const now = clock.now();
    const until = new Date(now.getTime() + TELLING_MS);
    const since = new Date(now.getTime() - NEWS_MS);
    const claimed = await db.raw(CLAIM, { now, until, since, platforms: [...handlers.keys()] });
    await Promise.all((claimed.rows as ClaimedRow[]).map(tellOne));
  }

  async function tellOne(row: ClaimedRow): Promise<void> {
    try {
      await handlers.get(row.platform)?.({ displayName: row.display_name, delivery: row.delivery });
      await db('link_codes').where({ code_hash: row.code_hash }).update({ told_at: clock.now(), delivery: null });
    } catch (err) {
      logger.warn({ err, platform: row.platform }, 'somebody could not be told of their linked account; trying again');
    }
  }

  return {
    /** Set before signals are heard, by each platform whose people ask for links. */
    onLinked(platform: string, handler: LinkedHandler): void {
      handlers.set(platform, handler);
    },
    tell,
  };
}
