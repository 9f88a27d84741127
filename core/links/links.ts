import type { Knex } from 'knex';
import { isForeignKeyViolation } from '../db/constraint-violation.ts';
import { retryDeadlock } from '../db/retry-deadlock.ts';
import { AppError } from '../errors.ts';
import { createLimitsRepository } from '../limits/limits-repository.ts';
import type { Clock } from '../ports/clock.ts';
import { mergeUsers } from '../users/merge-users.ts';
import { createLinkCode, hashLinkCode } from './link-code.ts';
import { findLinkSide, type LinkSide } from './link-side.ts';
import { createLinksRepository } from './links-repository.ts';
import { createTellLinked, LINKED, type TellLinkedOptions } from './tell-linked.ts';

export interface LinksOptions extends TellLinkedOptions {
  db: Knex;
  clock: Clock;
  /** Without a slash at its end. */
  publicUrl: string;
}

/** Who asks for a link, and how they can be told that it was used. */
export interface LinkRequest {
  userId: string;
  /** As the platform shows them; left out for somebody known by an access token only. */
  identity?: { platform: string; platformUserId: string; displayName: string; pictureUrl: string | null };
  /** Handed to the handler of `onLinked`, which alone knows the shape; its secrets are encrypted by then. */
  delivery?: unknown;
}

/** What a one-time address is for whoever opens it. */
export type LinkView =
  /** Used by somebody else, replaced by a newer one, too old, or never ours. */
  | { outcome: 'gone' }
  /** They are the same person already. */
  | { outcome: 'same' }
  | { outcome: 'open'; mine: LinkSide; theirs: LinkSide };

const CODE_MS = 10 * 60_000;
const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
/** Codes one person may ask for in an hour. */
const MOST_PER_HOUR = 10;

export type Links = ReturnType<typeof createLinks>;

/** Linking what is known of a person in one place with who they are in another, by a one-time address. */
export function createLinks(options: LinksOptions) {
  const { db, clock, publicUrl } = options;
  const rows = createLinksRepository(db);
  const counts = createLimitsRepository(db);
  const { onLinked, tell } = createTellLinked(options);

  async function countRequest(userId: string): Promise<void> {
    const used = await counts.count(`links:${userId}`, { now: clock.now(), windowMs: HOUR_MS });
    if (used <= MOST_PER_HOUR) return;
    throw new AppError('rate_limited', 'That were many links in a short time. Use the last one, or wait an hour.', {
      retryAfterSeconds: HOUR_MS / 1000,
    });
  }

  async function putCode(request: LinkRequest): Promise<{ url: string; expiresAt: Date }> {
    const { userId, identity, delivery } = request;
    const code = createLinkCode();
    const expiresAt = new Date(clock.now().getTime() + CODE_MS);
    const identityId = identity ? await rows.refreshIdentity(userId, identity) : null;
    const platform = identity?.platform ?? 'web';
    await rows.putOpen({ codeHash: hashLinkCode(code) ?? '', userId, identityId, platform, delivery, expiresAt });
    return { url: `${publicUrl}/link/${code}`, expiresAt };
  }

  return {
    /**
     * A one-time address, for this person's eyes only: whoever opens it, is logged in and agrees takes over what this
     * person is here. It voids the one they asked for before.
     * @throws AppError `rate_limited`, `unauthorized` when the person has been erased meanwhile
     */
    async create(request: LinkRequest): Promise<{ url: string; expiresAt: Date }> {
      await countRequest(request.userId);
      try {
        return await putCode(request);
      } catch (error) {
        if (!isForeignKeyViolation(error)) throw error;
        throw new AppError('unauthorized', 'This person is not known here any more. Please try again.', {
          cause: error,
        });
      }
    },

    /** Shows both sides to somebody who is logged in. Looking uses nothing up: chats look at links, too. */
    async look({ code, userId }: { code: string; userId: string }): Promise<LinkView> {
      const hash = hashLinkCode(code);
      const found = hash === null ? null : await rows.find(hash, clock.now());
      if (!found) return { outcome: 'gone' };
      if (found.userId === userId) return { outcome: 'same' };
      if (found.isUsed) return { outcome: 'gone' };
      const [mine, theirs] = await Promise.all([
        findLinkSide(db, { userId, identityId: null }),
        findLinkSide(db, found),
      ]);
      return mine && theirs ? { outcome: 'open', mine, theirs } : { outcome: 'gone' };
    },

    /**
     * Merges whoever asked for the code into somebody who is logged in and has agreed: the code proves the one side,
     * the login the other. All or nothing; a second time finds them the same.
     */
    async accept({ code, userId }: { code: string; userId: string }): Promise<'linked' | 'same' | 'gone'> {
      const hash = hashLinkCode(code);
      if (hash === null) return 'gone';
      return retryDeadlock(() =>
        db.transaction(async (trx) => {
          const codes = createLinksRepository(trx);
          const now = clock.now();
          const used = await codes.use(hash, now);
          if (!used) return (await codes.find(hash, now))?.userId === userId ? 'same' : 'gone';
          const isMerged = await mergeUsers(trx, { fromId: used.userId, intoId: userId, now });
          await trx.raw('select pg_notify(?, ?)', [LINKED, used.platform]);
          return isMerged ? 'linked' : 'same';
        }),
      );
    },

    /** The code is void: somebody who saw it does not agree. */
    async decline(code: string): Promise<void> {
      const hash = hashLinkCode(code);
      if (hash !== null) await rows.remove(hash, clock.now());
    },

    onLinked,

    /** For a job: tells those of whom a signal was missed, and forgets old codes. */
    async tidy(): Promise<void> {
      await tell();
      await rows.clear(new Date(clock.now().getTime() - DAY_MS));
    },
  };
}
