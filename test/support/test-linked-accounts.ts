import type { Knex } from 'knex';
import { createEncryption } from '../../core/encryption/encryption.ts';
import { createIdentities } from '../../core/identities/identities.ts';
import { createProviderTokens } from '../../core/identities/provider-tokens.ts';
import { createKnowledge } from '../../core/knowledge/knowledge.ts';
import { createSafeFetch } from '../../core/net/safe-fetch.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { ProfileReader } from '../../core/ports/profile-reader.ts';
import type { SignInProvider } from '../../core/ports/sign-in-provider.ts';
import { createProfileSources } from '../../core/profile-sources/profile-sources.ts';
import type { ChunkIndex } from '../../core/retrieval/chunk-index.ts';
import { flushRemovedChunks } from '../../core/retrieval/flush-removed-chunks.ts';
import { createRecordingChunkIndex } from './recording-chunk-index.ts';

export interface TestLinkedAccountsOptions {
  db: Knex;
  clock: Clock;
  logger: Logger;
  signInProviders?: SignInProvider[] | undefined;
  profileReaders?: ProfileReader[] | undefined;
  chunkIndex?: ChunkIndex | undefined;
}

/** Accounts elsewhere and what they tell, as the whole program puts them together. */
export function createTestLinkedAccounts(options: TestLinkedAccountsOptions) {
  const { db, clock, logger, signInProviders = [], chunkIndex = createRecordingChunkIndex() } = options;
  const encryption = createEncryption({ keys: [Buffer.alloc(32, 7)] });
  const people = { db, clock, logger, encryption, signInProviders };
  const safeFetch = createSafeFetch({ allowPrivateHosts: [] });
  return {
    encryption,
    identities: createIdentities({ ...people, flushRemovedChunks: () => flushRemovedChunks(db, chunkIndex) }),
    profileSources: createProfileSources({
      ...people,
      knowledge: createKnowledge({ db, chunkIndex, safeFetch, clock, logger, programFolder: '/nowhere' }),
      chunkIndex,
      tokens: createProviderTokens(people),
      readers: options.profileReaders ?? [],
    }),
  };
}
