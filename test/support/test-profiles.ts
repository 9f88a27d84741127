import type { Knex } from 'knex';
import { createProfileReaders } from '../../composition/create-profile-readers.ts';
import { parseConfig } from '../../config.ts';
import type { ProfileProvider } from '../../core/ports/profile-reader.ts';
import type { ChunkIndex } from '../../core/retrieval/chunk-index.ts';
import { signInAt } from './fake-sign-in-provider.ts';
import { serveGitHub, serveSpotify, serveTwitch } from './profile-pages.ts';
import { createSilentLogger } from './silent-logger.ts';
import { createTestClock } from './test-clock.ts';
import { createTestLinkedAccounts } from './test-linked-accounts.ts';
import { createTestSignIn, PEOPLE, toProviderSettings } from './test-sign-in.ts';

/** Profiles of people who have signed in at a stand-in for their provider. */
export async function createTestProfiles({ db, chunkIndex }: { db: Knex; chunkIndex: ChunkIndex }) {
  const clock = createTestClock();
  const signIn = await createTestSignIn({ clock });
  const { fake } = signIn;
  const logger = createSilentLogger();
  const { identities, profileSources } = createTestLinkedAccounts({
    db,
    clock,
    logger,
    chunkIndex,
    signInProviders: signIn.providers,
    profileReaders: await createProfileReaders(parseConfig(toProviderSettings(fake.url))),
  });
  serveSpotify(fake);
  serveGitHub(fake);
  let ids = 100;

  return {
    clock,
    fake,
    logger,
    identities,
    profileSources,

    /** Somebody who has signed in there, with consent to everything unless it is withheld. */
    async join(provider: ProfileProvider, { consents = true } = {}): Promise<string> {
      ids += 1;
      fake.person = PEOPLE[provider](String(ids));
      if (provider === 'twitch') serveTwitch(fake, String(ids));
      const scopes = consents ? [...profileSources.scopesOf(provider)] : [];
      return identities.signIn(await signInAt(signIn.getProvider(provider), scopes));
    },

    async find(userId: string, provider: ProfileProvider) {
      return (await profileSources.list(userId)).find((one) => one.provider === provider);
    },

    async [Symbol.asyncDispose]() {
      await profileSources.stop();
      await signIn[Symbol.asyncDispose]();
    },
  };
}
