import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { ProviderTokensOfIdentities } from '../identities/provider-tokens.ts';
import type { Knowledge } from '../knowledge/knowledge.ts';
import { createSourcesRepository } from '../knowledge/sources-repository.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { ProfileReader } from '../ports/profile-reader.ts';
import { createProfileSourcesRepository, type ProfileSource } from './profile-sources-repository.ts';

const MINUTE_MS = 60_000;
/** What somebody listens to changes within a day, not within an hour. */
const FRESH_MS = 6 * 60 * MINUTE_MS;
const AFTER_FAILURE_MS = 60 * MINUTE_MS;
/** Whatever a provider says: a day later it is asked again. */
const LONGEST_PAUSE_MS = 24 * 60 * MINUTE_MS;
/** All requests of one profile together. */
const TIMEOUT_MS = 30_000;

export interface ProfileRefreshOptions {
  db: Knex;
  clock: Clock;
  logger: Logger;
  knowledge: Pick<Knowledge, 'putText'>;
  tokens: ProviderTokensOfIdentities;
  readers: readonly ProfileReader[];
}

/** Brings profiles up to date, each by itself. */
export function createProfileRefresh({ db, clock, logger, knowledge, tokens, readers }: ProfileRefreshOptions) {
  const rows = createProfileSourcesRepository(db);
  const sources = createSourcesRepository(db);
  const later = (ms: number) => new Date(clock.now().getTime() + ms);

  /** A token may have been taken back before its time; then a new one is tried, once. */
  async function read({ identityId, provider }: ProfileSource, signal: AbortSignal): Promise<string> {
    const reader = readers.find((one) => one.provider === provider);
    if (!reader) throw new AppError('fetch_failed', 'Signing in with this account is not set up here any more.');
    const { accessToken } = await tokens.get(identityId);
    try {
      return await reader.read(accessToken, { signal });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'unauthorized') throw error;
      const renewed = await tokens.get(identityId, { rejected: accessToken });
      return reader.read(renewed.accessToken, { signal });
    }
  }

  /** What was read before stays as it is. */
  async function noteFailure(source: ProfileSource, error: unknown): Promise<void> {
    const { sourceId, provider } = source;
    const known = error instanceof AppError ? error : null;
    logger.warn(known ? { sourceId, code: known.code } : { sourceId, err: error }, 'a profile could not be read');
    await sources.recordFailure(sourceId, known?.message ?? 'Something unexpected went wrong. It is tried again soon.');
    const pauseMs = Math.min((known?.retryAfterSeconds ?? 0) * 1000, LONGEST_PAUSE_MS);
    await rows.readAgainAt(sourceId, later(Math.max(AFTER_FAILURE_MS, pauseMs)));
    // Limits are of the application, so the others would only run into the same.
    if (known?.code === 'rate_limited') await rows.pause(provider, later(pauseMs));
  }

  /** Never throws but for the signal: a failure is noted with the source. */
  async function readOne(source: ProfileSource, signal: AbortSignal): Promise<void> {
    try {
      const text = await read(source, AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]));
      await knowledge.putText(source.sourceId, text);
      await rows.readAgainAt(source.sourceId, later(FRESH_MS));
    } catch (error) {
      signal.throwIfAborted();
      await noteFailure(source, error);
    }
  }

  return {
    readOne,

    /** @returns how many were read, well or not */
    async readDue(signal: AbortSignal): Promise<number> {
      for (let count = 0; ; count += 1) {
        signal.throwIfAborted();
        const source = await rows.claimDue(clock.now(), later(AFTER_FAILURE_MS));
        if (!source) return count;
        await readOne(source, signal);
      }
    },
  };
}
