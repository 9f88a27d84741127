import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import { createLimitsRepository } from '../limits/limits-repository.ts';
import type { Clock } from '../ports/clock.ts';
import type { Platform } from '../users/platform.ts';
import { createLinkCode, hashLinkCode } from './link-code.ts';
import { createLinksRepository } from './links-repository.ts';

export interface LinksOptions {
  db: Knex;
  clock: Clock;
  /** Without a slash at its end. */
  publicUrl: string;
}

/** Who asks for a link, and how they can be told that it was used. */
export interface LinkRequest {
  userId: string;
  /** As the platform shows them; left out for somebody known by an access token only. */
  identity?: { platform: Platform; platformUserId: string; displayName: string; pictureUrl: string | null };
  /** Handed to the handler of `onLinked`; secrets in it are encrypted by the adapter. */
  delivery?: unknown;
}

const CODE_MS = 10 * 60_000;
const HOUR_MS = 60 * 60_000;
/** Codes one person may ask for in an hour. */
const MOST_PER_HOUR = 10;

const FOREIGN_KEY_VIOLATION = '23503';

/** Linking what is known of a person in one place with who they are in another, by a one-time address. */
export function createLinks({ db, clock, publicUrl }: LinksOptions) {
  const rows = createLinksRepository(db);
  const counts = createLimitsRepository(db);

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
     * A one-time address, for this person's eyes only: whoever opens it and is logged in can take over what this
     * person is here. It voids the one they asked for before.
     * @throws AppError `rate_limited`, `unauthorized` when the person has been erased meanwhile
     */
    async create(request: LinkRequest): Promise<{ url: string; expiresAt: Date }> {
      await countRequest(request.userId);
      try {
        return await putCode(request);
      } catch (error) {
        if ((error as { code?: string }).code !== FOREIGN_KEY_VIOLATION) throw error;
        throw new AppError('unauthorized', 'This person is not known here any more. Please try again.', {
          cause: error,
        });
      }
    },
  };
}

export type Links = ReturnType<typeof createLinks>;
