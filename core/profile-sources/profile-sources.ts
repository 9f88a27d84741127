import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { ProviderTokensOfIdentities } from '../identities/provider-tokens.ts';
import type { Knowledge } from '../knowledge/knowledge.ts';
import { removeSources } from '../knowledge/remove-sources.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { ProfileProvider, ProfileReader } from '../ports/profile-reader.ts';
import type { ChunkIndex } from '../retrieval/chunk-index.ts';
import { flushRemovedChunks } from '../retrieval/flush-removed-chunks.ts';
import { createProfileRefresh } from './profile-refresh.ts';
import { createProfileSourcesRepository, type ProfileSource } from './profile-sources-repository.ts';

export interface ProfileSourcesOptions {
  db: Knex;
  clock: Clock;
  logger: Logger;
  knowledge: Pick<Knowledge, 'putText'>;
  chunkIndex: ChunkIndex;
  tokens: ProviderTokensOfIdentities;
  /** Of those providers that people can sign in with here. */
  readers: readonly ProfileReader[];
}

/** A switch as its owner sees it. */
export interface ProfileSwitch {
  provider: ProfileProvider;
  /** What is read while it is on. */
  reads: string;
  isLinked: boolean;
  isOn: boolean;
  lastReadAt: Date | null;
  lastError: string | null;
}

export type ProfileSources = ReturnType<typeof createProfileSources>;

/**
 * With consent, what a linked account tells of a person answers their questions: theirs alone, and only where nobody
 * reads along. Off until they switch it on.
 */
export function createProfileSources(options: ProfileSourcesOptions) {
  const { db, clock, chunkIndex, tokens, readers } = options;
  const logger = options.logger.child({ part: 'profiles' });
  const rows = createProfileSourcesRepository(db);
  const refresh = createProfileRefresh({ ...options, logger });
  const stopping = new AbortController();
  /** By source: one that is being read need not be read again. */
  const running = new Map<string, Promise<void>>();

  function getReader(provider: ProfileProvider): ProfileReader {
    const reader = readers.find((one) => one.provider === provider);
    if (!reader) throw new AppError('not_found', 'There is no such profile here.');
    return reader;
  }

  /** The account that was signed in with last, of those linked there. */
  async function findIdentity(userId: string, provider: ProfileProvider): Promise<string | null> {
    const identity = await db('identities')
      .where({ user_id: userId, platform: provider })
      .whereNotNull('signed_in_at')
      .orderBy('signed_in_at', 'desc')
      .first('id');
    return identity?.id ?? null;
  }

  async function hasConsent(identityId: string, { scopes }: ProfileReader): Promise<boolean> {
    try {
      const granted = await tokens.get(identityId);
      return scopes.every((scope) => granted.scopes.includes(scope));
    } catch (error) {
      if (error instanceof AppError && (error.code === 'unauthorized' || error.code === 'unreadable_secret'))
        return false;
      throw error;
    }
  }

  async function list(userId: string): Promise<ProfileSwitch[]> {
    const [on, linked] = await Promise.all([
      rows.list(userId),
      db('identities').where({ user_id: userId }).whereNotNull('signed_in_at').pluck('platform'),
    ]);
    return readers.map(({ provider, reads }) => toSwitch(provider, reads, linked, on));
  }

  /** Not waited for: the switch is on, and reading takes as long as the provider does. */
  function readSoon(source: ProfileSource): void {
    if (running.has(source.sourceId)) return;
    const work = refresh
      .readOne(source, stopping.signal)
      .then(() => chunkIndex.embedPending({ signal: stopping.signal }))
      .catch((error) => stopping.signal.aborted || logger.warn({ err: error }, 'a profile could not be indexed yet'))
      .then(() => void running.delete(source.sourceId));
    running.set(source.sourceId, work);
  }

  async function remove(sourceIds: string[]): Promise<void> {
    await db.transaction((trx) => removeSources(trx, sourceIds));
    await flushRemovedChunks(db, chunkIndex).catch((error) =>
      logger.warn({ err: error }, 'the index could not forget a profile; trying again later'),
    );
  }

  return {
    list,

    /** What has to be asked for at the provider besides signing in. @throws AppError `not_found` */
    scopesOf: (provider: ProfileProvider): readonly string[] => getReader(provider).scopes,

    /**
     * Turns a switch on and begins to read.
     * @returns `needs_consent` when the person has to allow it at the provider first; nothing is changed then
     * @throws AppError `not_found` when no such account is linked, `fetch_failed`
     */
    async turnOn(userId: string, provider: ProfileProvider): Promise<'on' | 'needs_consent'> {
      const reader = getReader(provider);
      const identityId = await findIdentity(userId, provider);
      if (identityId === null) throw new AppError('not_found', 'Link this account first, then switch it on.');
      if (!(await hasConsent(identityId, reader))) return 'needs_consent';
      await db.transaction(async (trx) => {
        // Held, so that the account is not unlinked meanwhile.
        const mine = await trx('identities').where({ id: identityId, user_id: userId }).forUpdate().first('id');
        if (!mine) throw new AppError('not_found', 'This account was unlinked meanwhile.');
        const { title } = reader;
        await createProfileSourcesRepository(trx).insert({ identityId, userId, title, at: clock.now() });
      });
      const source = await rows.findByIdentity(identityId);
      if (source) readSoon(source);
      return 'on';
    },

    /** Turns a switch off: what was read is gone when it resolves. @throws AppError `not_found` */
    async turnOff(userId: string, provider: ProfileProvider): Promise<void> {
      getReader(provider);
      const mine = (await rows.list(userId)).filter((source) => source.provider === provider);
      await remove(mine.map(({ sourceId }) => sourceId));
    },

    /** Reads every profile that is due; one that fails keeps what it had, and stops no other. */
    async refreshDue({ signal }: { signal: AbortSignal }): Promise<void> {
      const either = AbortSignal.any([signal, stopping.signal]);
      if ((await refresh.readDue(either)) > 0) await chunkIndex.embedPending({ signal: either });
    },

    async stop(): Promise<void> {
      stopping.abort();
      await Promise.all(running.values());
    },
  };
}

function toSwitch(provider: ProfileProvider, reads: string, linked: string[], on: ProfileSource[]): ProfileSwitch {
  const source = on.findLast((one) => one.provider === provider);
  return {
    provider,
    reads,
    isLinked: linked.includes(provider),
    isOn: source !== undefined,
    lastReadAt: source?.lastReadAt ?? null,
    lastError: source?.lastError ?? null,
  };
}
