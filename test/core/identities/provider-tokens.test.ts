import { describe, expect, it } from 'vitest';
import { createEncryption } from '../../../core/encryption/encryption.ts';
import { createGiveBackTokens } from '../../../core/identities/give-back-tokens.ts';
import { createIdentities } from '../../../core/identities/identities.ts';
import { createProviderTokens, type ProviderTokensOptions } from '../../../core/identities/provider-tokens.ts';
import type { ProviderTokens } from '../../../core/ports/sign-in-provider.ts';
import { createEraseUser } from '../../../core/users/erase-user.ts';
import { signInAt } from '../../support/fake-sign-in-provider.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { createTestClock } from '../../support/test-clock.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { createTestSignIn, PEOPLE } from '../../support/test-sign-in.ts';

const HOUR = 3_600_000;

async function createLab() {
  const clock = createTestClock();
  const database = await createTestDatabase();
  const { db } = database;
  const signIn = await createTestSignIn({ clock });
  const { fake } = signIn;
  const encryption = createEncryption({ keys: [Buffer.alloc(32, 7)] });
  const parts = { db, clock, encryption, logger: createSilentLogger(), signInProviders: signIn.providers };
  const identities = createIdentities({ ...parts, flushRemovedChunks: async () => {} });

  const eraseUser = createEraseUser({
    db,
    stopTurn: async () => {},
    endLogins: async () => {},
    flushRemovedChunks: async () => {},
    giveBackTokens: createGiveBackTokens(parts),
    logger: parts.logger,
  });

  /** Signs Ada in, and gives her identity there. */
  async function become(provider: keyof typeof PEOPLE, scopes: string[] = []) {
    fake.person = PEOPLE[provider]('17');
    const userId = await identities.signIn(await signInAt(signIn.getProvider(provider), scopes));
    const identity = (await identities.list(userId)).find(({ platform }) => platform === provider);
    if (!identity) throw new Error('there is no identity');
    return { userId, identityId: identity.id };
  }

  return {
    clock,
    db,
    fake,
    identities,
    eraseUser,
    become,
    /** As another process has it. */
    createTokens: (signInProviders: ProviderTokensOptions['signInProviders'] = signIn.providers) =>
      createProviderTokens({ ...parts, signInProviders }),
    tokens: createProviderTokens(parts),
    async [Symbol.asyncDispose]() {
      await signIn[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** A provider that takes its time. */
function holdRefresh() {
  const begun = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<ProviderTokens>();
  return {
    begun: begun.promise,
    answer: answered.resolve,
    refresh: () => {
      begun.resolve();
      return answered.promise;
    },
  };
}

describe('tokens of a provider', () => {
  it('are used as they are while they are valid', async () => {
    await using t = await createLab();
    const { identityId } = await t.become('spotify');

    const first = await t.tokens.get(identityId);
    t.clock.advance(HOUR - 90_000);

    expect(await t.tokens.get(identityId)).toEqual(first);
    expect(first.scopes).toEqual(['user-read-email']);
    expect(t.fake.refreshes).toBe(0);
  });

  it('are renewed a minute before they end, and the new pair is kept encrypted', async () => {
    await using t = await createLab();
    const { identityId } = await t.become('spotify');
    const first = await t.tokens.get(identityId);
    t.clock.advance(HOUR - 59_000);

    const second = await t.tokens.get(identityId);

    expect(second.accessToken).not.toBe(first.accessToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(await t.tokens.get(identityId)).toEqual(second);
    expect(t.fake.refreshes).toBe(1);
    const { tokens } = await t.db('identities').where({ id: identityId }).first('tokens');
    expect(tokens).toMatch(/^v1\./);
    expect(tokens).not.toContain(second.accessToken);
  });

  it('are renewed once by two processes at the same time, though a refresh token is good for one use', async () => {
    await using t = await createLab();
    const { identityId } = await t.become('twitch');
    t.clock.advance(HOUR);

    const pairs = await Promise.all([t.tokens, t.createTokens(), t.createTokens()].map((one) => one.get(identityId)));

    expect(new Set(pairs.map(({ accessToken }) => accessToken)).size).toBe(1);
    expect(t.fake.refreshes).toBe(1);
  });

  it('are waited for on one connection to the database, however many ask while the provider takes its time', async () => {
    await using t = await createLab();
    const { identityId } = await t.become('twitch');
    t.clock.advance(HOUR);
    const provider = holdRefresh();
    const tokens = t.createTokens([{ id: 'twitch', name: 'Twitch', refresh: provider.refresh }]);

    const asked = Array.from({ length: 30 }, () => tokens.get(identityId));
    await provider.begun;
    const isFree = await t.db.raw('select 1').timeout(2000);
    provider.answer({ accessToken: 'new', refreshToken: null, expiresAt: null, scopes: [] });

    expect(isFree.rowCount).toBe(1);
    expect(new Set((await Promise.all(asked)).map(({ accessToken }) => accessToken))).toEqual(new Set(['new']));
  });

  it('are renewed early where the provider rejects them', async () => {
    await using t = await createLab();
    const { identityId } = await t.become('spotify');
    const { accessToken } = await t.tokens.get(identityId);

    const renewed = await t.tokens.get(identityId, { rejected: accessToken });

    expect(renewed.accessToken).not.toBe(accessToken);
  });

  it('ask for a new sign-in when the access was taken back, and lose nothing else', async () => {
    await using t = await createLab();
    const { identityId, userId } = await t.become('spotify');
    t.fake.forgetEverybody();
    t.clock.advance(HOUR);

    await expect(t.tokens.get(identityId)).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(t.tokens.get(identityId)).rejects.toMatchObject({ code: 'unauthorized' });
    expect(t.fake.refreshes).toBe(1);
    expect(await t.identities.list(userId)).toMatchObject([{ id: identityId, needsSignIn: true }]);

    await t.become('spotify');
    expect(await t.identities.list(userId)).toMatchObject([{ id: identityId, needsSignIn: false }]);
    expect((await t.tokens.get(identityId)).accessToken).toBeTruthy();
  });

  it.each([
    ['Twitch', 400, { error: 'Bad Request', status: 400, message: 'Invalid refresh token' }],
    ['GitHub', 200, { error: 'bad_refresh_token' }],
    ['Slack', 200, { ok: false, error: 'invalid_refresh_token' }],
  ])('are given up in the words of %s', async (_name, tokenStatus, tokenBody) => {
    await using t = await createLab();
    const { identityId } = await t.become('twitch');
    t.clock.advance(HOUR);
    Object.assign(t.fake.trouble, { tokenStatus, tokenBody });

    await expect(t.tokens.get(identityId)).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('stay when the provider is only in trouble', async () => {
    await using t = await createLab();
    const { identityId } = await t.become('spotify');
    t.clock.advance(HOUR);
    Object.assign(t.fake.trouble, { tokenStatus: 503 });
    await expect(t.tokens.get(identityId)).rejects.toMatchObject({ code: 'fetch_failed' });
    delete t.fake.trouble.tokenStatus;

    expect((await t.tokens.get(identityId)).accessToken).toBeTruthy();
  });

  it('keep what was granted besides when somebody merely signs in again', async () => {
    await using t = await createLab();
    const { identityId } = await t.become('spotify', ['user-top-read']);

    await t.become('spotify');

    expect((await t.tokens.get(identityId)).scopes).toEqual(['user-read-email', 'user-top-read']);
  });

  it('go with the account that is unlinked, here and at the provider', async () => {
    await using t = await createLab();
    const { userId, identityId } = await t.become('twitch');
    const { accessToken, refreshToken } = await t.tokens.get(identityId);
    await t.db('accounts').insert({ user_id: userId, username: 'ada', username_key: 'ada', password_hash: 'x' });

    await t.identities.unlink({ userId, identityId });

    await expect(t.tokens.get(identityId)).rejects.toMatchObject({ code: 'unauthorized' });
    await expect.poll(() => t.fake.revoked).toEqual([refreshToken, accessToken]);
  });

  it('go with the person who is erased, here and at the providers', async () => {
    await using t = await createLab();
    const { userId, identityId } = await t.become('twitch');
    const { accessToken, refreshToken } = await t.tokens.get(identityId);

    await t.eraseUser(userId);

    expect(await t.db('identities')).toEqual([]);
    await expect.poll(() => t.fake.revoked).toEqual([refreshToken, accessToken]);
  });

  it('go with the person who is erased also while they are renewed', async () => {
    await using t = await createLab();
    const { userId, identityId } = await t.become('twitch');
    t.clock.advance(HOUR);
    const provider = holdRefresh();
    const renewed = t.createTokens([{ id: 'twitch', name: 'Twitch', refresh: provider.refresh }]).get(identityId);
    await provider.begun;

    const erased = t.eraseUser(userId);
    const blocked = () =>
      t.db('pg_stat_activity').whereRaw(`datname = current_database() and wait_event_type = 'Lock'`);
    await expect.poll(async () => (await blocked()).length).toBe(1);
    provider.answer({ accessToken: 'renewed', refreshToken: null, expiresAt: null, scopes: [] });

    await Promise.all([renewed, erased]);
    await expect.poll(() => t.fake.revoked).toEqual(['renewed']);
  });

  it('go here also where the provider takes nothing back', async () => {
    await using t = await createLab();
    const { userId, identityId } = await t.become('spotify');
    await t.db('accounts').insert({ user_id: userId, username: 'ada', username_key: 'ada', password_hash: 'x' });

    await t.identities.unlink({ userId, identityId });

    expect(await t.db('identities')).toEqual([]);
    expect(t.fake.revoked).toEqual([]);
  });
});
