import { describe, expect, it } from 'vitest';
import { AppError } from '../../../core/errors.ts';
import { flushRemovedChunks } from '../../../core/retrieval/flush-removed-chunks.ts';
import { createEraseUser } from '../../../core/users/erase-user.ts';
import { serveSpotify } from '../../support/profile-pages.ts';
import { createRecordingChunkIndex } from '../../support/recording-chunk-index.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { createTestProfiles } from '../../support/test-profiles.ts';

const HOUR = 3_600_000;
const signal = new AbortController().signal;

async function createLab() {
  const database = await createTestDatabase();
  const { db } = database;
  const index = createRecordingChunkIndex();
  const profiles = await createTestProfiles({ db, chunkIndex: index });
  return {
    ...profiles,
    db,
    index,
    /** What can be found by whom. */
    found: () => [...index.chunks.values()].map(({ audience, text }) => ({ audience, text })),
    /** Switches it on and waits until it was read once. */
    async turnOn(userId: string, provider: 'spotify' | 'github' | 'twitch') {
      expect(await profiles.profileSources.turnOn(userId, provider)).toBe('on');
      await expect
        .poll(async () => {
          const now = await profiles.find(userId, provider);
          return (now?.lastReadAt ?? now?.lastError ?? null) !== null && index.calls.at(-1) === 'embedPending';
        })
        .toBe(true);
    },
    async [Symbol.asyncDispose]() {
      await profiles[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

describe('a profile', () => {
  it('is off until it is switched on, and then read at once for that person alone', async () => {
    await using t = await createLab();
    const ada = await t.join('spotify');
    expect(await t.profileSources.list(ada)).toMatchObject([
      { provider: 'spotify', isLinked: true, isOn: false, lastReadAt: null },
      { provider: 'github', isLinked: false, isOn: false },
      { provider: 'twitch', isLinked: false, isOn: false },
    ]);
    expect(t.fake.asked).toEqual([]);

    await t.turnOn(ada, 'spotify');

    expect(await t.find(ada, 'spotify')).toMatchObject({ isOn: true, lastReadAt: t.clock.now(), lastError: null });
    expect(t.found()).toEqual([{ audience: [`user:${ada}`], text: expect.stringContaining('Nina Simone (jazz)') }]);
    expect(await t.db('documents').pluck('language')).toEqual(['en']);
  });

  it('asks for consent where the sign-in did not, and reads nothing before', async () => {
    await using t = await createLab();
    const ada = await t.join('spotify', { consents: false });

    expect(await t.profileSources.turnOn(ada, 'spotify')).toBe('needs_consent');

    expect(await t.find(ada, 'spotify')).toMatchObject({ isOn: false });
    expect(t.fake.asked).toEqual([]);
    expect(await t.db('sources')).toEqual([]);
  });

  it('needs no more than the sign-in where all of it is public', async () => {
    await using t = await createLab();
    const ada = await t.join('github', { consents: false });

    await t.turnOn(ada, 'github');

    expect(
      t
        .found()
        .map(({ text }) => text)
        .join('\n'),
    ).toContain('bernoulli (C, 12 stars): Numbers by a machine');
  });

  it('cannot be switched on by somebody who has no such account', async () => {
    await using t = await createLab();
    const ada = await t.join('github');

    await expect(t.profileSources.turnOn(ada, 'spotify')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is gone at once when it is switched off, of this person only', async () => {
    await using t = await createLab();
    const ada = await t.join('spotify');
    const bob = await t.join('spotify');
    await t.turnOn(ada, 'spotify');
    await t.turnOn(bob, 'spotify');

    await t.profileSources.turnOff(ada, 'spotify');
    await t.profileSources.turnOff(ada, 'spotify');

    expect(t.found().map(({ audience }) => audience)).toEqual([[`user:${bob}`]]);
    expect(await t.db('chunks')).toHaveLength(1);
    expect(await t.db('chunk_removals')).toEqual([]);
    expect(await t.find(ada, 'spotify')).toMatchObject({ isLinked: true, isOn: false });
  });

  it('is gone with the account that is unlinked', async () => {
    await using t = await createLab();
    const ada = await t.join('spotify');
    await t.turnOn(ada, 'spotify');
    await t.db('accounts').insert({ user_id: ada, username: 'ada', username_key: 'ada', password_hash: 'x' });
    const [identity] = await t.identities.list(ada);

    await t.identities.unlink({ userId: ada, identityId: identity?.id ?? '' });

    expect(t.found()).toEqual([]);
    for (const table of ['sources', 'documents', 'chunks', 'profile_sources', 'chunk_removals']) {
      expect(await t.db(table)).toEqual([]);
    }
  });

  it('is gone with the person who is erased', async () => {
    await using t = await createLab();
    const ada = await t.join('spotify');
    await t.turnOn(ada, 'spotify');
    const eraseUser = createEraseUser({
      db: t.db,
      stopTurn: async () => {},
      endLogins: async () => {},
      flushRemovedChunks: () => flushRemovedChunks(t.db, t.index),
      logger: t.logger,
    });

    await eraseUser(ada);

    expect(t.found()).toEqual([]);
    for (const table of ['sources', 'documents', 'chunks', 'profile_sources', 'chunk_removals']) {
      expect(await t.db(table)).toEqual([]);
    }
  });

  it('leaves nothing behind when it is switched off while it is read', async () => {
    await using t = await createLab();
    const people = await Promise.all(Array.from({ length: 6 }, () => t.join('spotify')));

    await Promise.all(
      people.map(async (person) => {
        await t.profileSources.turnOn(person, 'spotify');
        await t.profileSources.turnOff(person, 'spotify');
      }),
    );
    await t.profileSources.stop();

    expect(await t.db('sources')).toEqual([]);
    expect(await t.db('chunks')).toEqual([]);
    expect(t.found()).toEqual([]);
  });

  it('is no source of the operator', async () => {
    await using t = await createLab();
    const ada = await t.join('spotify');
    await t.turnOn(ada, 'spotify');
    const { createSourcesRepository } = await import('../../../core/knowledge/sources-repository.ts');

    expect(await createSourcesRepository(t.db).list()).toEqual([]);
  });
});

describe('refreshing profiles', () => {
  it('reads again what is older than six hours, and indexes only what changed', async () => {
    await using t = await createLab();
    const ada = await t.join('spotify');
    await t.turnOn(ada, 'spotify');
    t.clock.advance(5 * HOUR);
    t.fake.asked.length = 0;
    await t.profileSources.refreshDue({ signal });
    expect(t.fake.asked).toEqual([]);

    t.clock.advance(2 * HOUR);
    t.index.calls.length = 0;
    await t.profileSources.refreshDue({ signal });
    expect(t.fake.asked).toHaveLength(5);
    expect(t.index.calls).toEqual(['embedPending']);
    expect(await t.find(ada, 'spotify')).toMatchObject({ lastReadAt: t.clock.now() });

    serveSpotify(t.fake, { artists: ['Bach'] });
    t.clock.advance(7 * HOUR);
    await t.profileSources.refreshDue({ signal });
    expect(t.found().map(({ text }) => text)).toEqual([expect.stringContaining('Bach (jazz)')]);
    expect(t.found()[0]?.text).not.toContain('Alice Coltrane (jazz)');
  });

  it('keeps the last good version when a reading fails, says why, and goes on with the others', async () => {
    await using t = await createLab();
    const [ada, bob] = [await t.join('spotify'), await t.join('github')];
    await t.turnOn(ada, 'spotify');
    await t.turnOn(bob, 'github');
    t.fake.pages.set('/me/top/artists', { status: 500, body: {} });
    t.clock.advance(7 * HOUR);

    await t.profileSources.refreshDue({ signal });

    expect(await t.find(ada, 'spotify')).toMatchObject({ isOn: true, lastError: expect.stringContaining('Spotify') });
    expect(t.found().find(({ audience }) => audience[0] === `user:${ada}`)?.text).toContain('Nina Simone');
    expect(await t.find(bob, 'github')).toMatchObject({ lastReadAt: t.clock.now(), lastError: null });

    serveSpotify(t.fake);
    t.clock.advance(HOUR);
    await t.profileSources.refreshDue({ signal });
    expect(await t.find(ada, 'spotify')).toMatchObject({ lastReadAt: t.clock.now(), lastError: null });
  });

  it('waits as long as a provider asks, with everybody there', async () => {
    await using t = await createLab();
    const [ada, bob, eve] = [await t.join('spotify'), await t.join('spotify'), await t.join('github')];
    await t.turnOn(ada, 'spotify');
    await t.turnOn(bob, 'spotify');
    await t.turnOn(eve, 'github');
    t.fake.pages.set('/me/top/artists', { status: 429, headers: { 'retry-after': '7200' }, body: {} });
    t.clock.advance(7 * HOUR);
    t.fake.asked.length = 0;

    await t.profileSources.refreshDue({ signal });
    t.clock.advance(1.5 * HOUR);
    await t.profileSources.refreshDue({ signal });

    // One person's five requests and no other's.
    expect(t.fake.asked.filter((path) => path.startsWith('/me/'))).toHaveLength(5);
    expect(await t.find(eve, 'github')).toMatchObject({ lastError: null });
    serveSpotify(t.fake);
    t.clock.advance(HOUR);
    await t.profileSources.refreshDue({ signal });
    expect(await t.find(ada, 'spotify')).toMatchObject({ lastError: null, lastReadAt: t.clock.now() });
    expect(await t.find(bob, 'spotify')).toMatchObject({ lastError: null, lastReadAt: t.clock.now() });
  });

  it('renews a token that has run out, and one that was rejected', async () => {
    await using t = await createLab();
    const ada = await t.join('twitch');
    await t.turnOn(ada, 'twitch');
    t.clock.advance(7 * HOUR);
    t.fake.trouble.expiresIn = 24 * 3600;
    await t.profileSources.refreshDue({ signal });
    expect(t.fake.refreshes).toBe(1);

    t.fake.forgetAccessTokens();
    t.clock.advance(7 * HOUR);
    await t.profileSources.refreshDue({ signal });

    expect(t.fake.refreshes).toBe(2);
    expect(await t.find(ada, 'twitch')).toMatchObject({ lastReadAt: t.clock.now(), lastError: null });
  });

  it('asks for a new sign-in when the access was taken back, and keeps what it had', async () => {
    await using t = await createLab();
    const ada = await t.join('spotify');
    await t.turnOn(ada, 'spotify');
    t.fake.forgetEverybody();
    t.clock.advance(7 * HOUR);

    await t.profileSources.refreshDue({ signal });

    expect(await t.find(ada, 'spotify')).toMatchObject({ isOn: true, lastError: expect.stringMatching(/[Ss]ign in/) });
    expect(t.found()).toHaveLength(1);
    expect(await t.profileSources.turnOn(ada, 'spotify')).toBe('needs_consent');
  });

  it('is shared by two processes: each profile is read once', async () => {
    await using t = await createLab();
    const people = [await t.join('github'), await t.join('github'), await t.join('github')];
    for (const person of people) await t.turnOn(person, 'github');
    t.clock.advance(7 * HOUR);
    t.fake.asked.length = 0;

    await Promise.all([t.profileSources.refreshDue({ signal }), t.profileSources.refreshDue({ signal })]);

    expect(t.fake.asked.filter((path) => path === '/user')).toHaveLength(3);
  });

  it('keeps the last good version when the index cannot be reached', async () => {
    await using t = await createLab();
    const ada = await t.join('spotify');
    await t.turnOn(ada, 'spotify');
    serveSpotify(t.fake, { artists: ['Bach'] });
    t.clock.advance(7 * HOUR);
    t.index.failWith = new AppError('vector_store_unavailable', 'The index is away.');

    await expect(t.profileSources.refreshDue({ signal })).rejects.toMatchObject({ code: 'vector_store_unavailable' });
    expect(await t.find(ada, 'spotify')).toMatchObject({ lastError: 'The index is away.' });
    t.index.failWith = null;
    t.clock.advance(HOUR);
    await t.profileSources.refreshDue({ signal });

    expect(t.found().map(({ text }) => text)).toEqual([expect.stringContaining('Bach (jazz)')]);
  });

  it('logs ids and codes, never what it read', async () => {
    await using t = await createLab();
    const ada = await t.join('spotify');
    await t.turnOn(ada, 'spotify');
    t.fake.pages.set('/me/top/artists', { body: { items: [{ name: 7, secret: 'Nina Simone' }] } });
    t.clock.advance(7 * HOUR);

    await t.profileSources.refreshDue({ signal });

    expect(JSON.stringify(t.logger.lines)).not.toContain('Nina');
    expect(JSON.stringify(t.logger.lines)).toContain('fetch_failed');
  });
});
