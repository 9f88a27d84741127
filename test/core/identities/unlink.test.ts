import { describe, expect, it } from 'vitest';
import { createEncryption } from '../../../core/encryption/encryption.ts';
import { createIdentities } from '../../../core/identities/identities.ts';
import type { ProviderProfile } from '../../../core/ports/sign-in-provider.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { systemClock } from '../../support/test-turns.ts';

const ada: ProviderProfile = {
  platform: 'github',
  platformUserId: '17',
  displayName: 'Ada',
  email: null,
  pictureUrl: null,
  profileUrl: null,
  tokens: { accessToken: 'a', refreshToken: null, expiresAt: null, scopes: [] },
};

async function createLab({ providers = ['github', 'google'] as ProviderProfile['platform'][] } = {}) {
  const database = await createTestDatabase();
  const identities = createIdentities({
    db: database.db,
    clock: systemClock,
    encryption: createEncryption({ keys: [Buffer.alloc(32, 7)] }),
    logger: createSilentLogger(),
    signInProviders: providers.map((id) => ({ id, revoke: async () => {} })),
    flushRemovedChunks: async () => {},
  });
  const userId = await identities.signIn(ada);
  await identities.link(userId, { ...ada, platform: 'google' });
  const [github, google] = await identities.list(userId);
  return {
    db: database.db,
    userId,
    unlink: (platform: 'github' | 'google') =>
      identities.unlink({ userId, identityId: (platform === 'github' ? github : google)?.id ?? '' }),
    left: async () => (await identities.list(userId)).map(({ platform }) => platform),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

describe('unlinking an account', () => {
  it('leaves another that somebody can log in with', async () => {
    await using t = await createLab();

    await t.unlink('github');

    expect(await t.left()).toEqual(['google']);
    await expect(t.unlink('google')).rejects.toMatchObject({ code: 'conflict' });
  });

  it('does not count one whose provider is not set up here any more', async () => {
    await using t = await createLab({ providers: ['github'] });

    await expect(t.unlink('github')).rejects.toMatchObject({ code: 'conflict' });
    await t.unlink('google');

    expect(await t.left()).toEqual(['github']);
  });

  it('starts over when it and a new sign-in with that account wait for one another', async () => {
    await using t = await createLab();
    const signIn = await t.db.transaction();
    // So that PostgreSQL finds the other one at fault.
    await signIn.raw(`set local deadlock_timeout = '20s'`);
    await signIn('identities').where({ user_id: t.userId, platform: 'github' }).forUpdate().select('id');

    const unlinked = t.unlink('github');
    await expect
      .poll(
        async () =>
          (
            await t.db.raw('select from pg_stat_activity where wait_event_type = ? and datname = current_database()', [
              'Lock',
            ])
          ).rowCount,
      )
      .toBe(1);
    await signIn('users').where({ id: t.userId }).update({ email: 'ada@example.com' });
    await signIn.commit();

    await unlinked;
    expect(await t.left()).toEqual(['google']);
  });
});
