import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createInstallations } from '../../bots/slack/installations.ts';
import { createUserTokens } from '../../bots/twitch/user-tokens.ts';
import { checkStoredSecrets, rotateStoredSecrets } from '../../composition/stored-secrets.ts';
import { parseConfig } from '../../config.ts';
import { createEncryption } from '../../core/encryption/encryption.ts';
import { createTokenSeal } from '../../core/identities/sealed-tokens.ts';
import { createUsers } from '../../core/users/users.ts';
import { startFakeModelServer } from '../support/fake-model-server.ts';
import { createSilentLogger } from '../support/silent-logger.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { createTestOwnKeys } from '../support/test-own-keys.ts';
import { never } from '../support/test-turns.ts';

const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];

/** As a Parley does that has only the old key. */
async function storeEverySecret(t: Awaited<ReturnType<typeof createTestDatabase>>) {
  const { db } = t;
  const encryption = createEncryption({ keys: [oldKey] });
  await using provider = await startFakeModelServer();
  const ada = await createUsers({ db }).findOrCreate({
    platform: 'discord',
    platformUserId: 'ada',
    displayName: 'Ada',
  });
  const { providerKeys } = createTestOwnKeys({ db, allowPrivateHosts: ['127.0.0.1'], encryptionKeys: [oldKey] });
  await providerKeys.put(ada.id, { apiKey: 'sk-adas-own-key', baseUrl: provider.url, model: null });
  const identity = await db('identities').first('id');
  const tokens = { accessToken: 'discord-token', refreshToken: null, expiresAt: null, scopes: [] };
  await db('identities').update({ tokens: createTokenSeal(encryption).seal(identity.id, tokens) });
  await createInstallations({ db, encryption }).storeInstallation({
    team: { id: 'T1', name: 'Team' },
    enterprise: undefined,
    user: { id: 'U1', token: undefined, scopes: undefined },
    bot: { id: 'B1', token: 'xoxb-token', userId: 'U2', scopes: [] },
  });
  await db('slack_requests').insert({
    id: 'E1',
    team_id: 'T1',
    request: encryption.encrypt('{}', 'slack_requests:E1'),
  });
  await db('slack_requests').insert({ id: 'E2', team_id: 'T1', request: null });
  const renewed = { accessToken: 'twitch-token', refreshToken: 'next' };
  await createUserTokens({
    db,
    encryption,
    login: 'parley',
    initial: { accessToken: 'first', refreshToken: 'one' },
    auth: { refresh: async () => renewed },
  }).renew('first');
}

function configOf(t: { url: string }, keys: Buffer[]) {
  return parseConfig({
    DATABASE_URL: t.url,
    JWT_SECRET: 'a secret for tests that is long enough',
    ENCRYPTION_KEYS: keys.map((key) => key.toString('base64')).join(','),
  });
}

it('are all found when keys are rotated, so that the old one can go', async () => {
  await using t = await createTestDatabase();
  await storeEverySecret(t);

  const rotations = await rotateStoredSecrets(configOf(t, [newKey, oldKey]), {
    logger: createSilentLogger(),
    signal: never,
  });

  expect(rotations.map(({ table, rotated, unreadable }) => ({ table, rotated, unreadable }))).toEqual(
    ['provider_keys', 'identities', 'slack_installations', 'slack_requests', 'twitch_tokens'].map((table) => ({
      table,
      rotated: 1,
      unreadable: [],
    })),
  );
  const keyIdOfNew = createEncryption({ keys: [newKey] })
    .encrypt('', '')
    .split('.')[1];
  const [{ key_id, api_key }] = await t.db('provider_keys');
  expect([key_id, api_key.split('.')[1]]).toEqual([keyIdOfNew, keyIdOfNew]);
  const keyIdOfOld =
    createEncryption({ keys: [oldKey] })
      .encrypt('', '')
      .split('.')[1] ?? '';
  expect(await findEncryptedWith(t.db, keyIdOfOld)).toEqual([]);
});

it('are looked at by parley doctor, which says what to do', async () => {
  await using t = await createTestDatabase();
  await storeEverySecret(t);
  const look = (...keys: Buffer[]) => checkStoredSecrets(configOf(t, keys), t.db);

  expect(await look(oldKey)).toEqual({ state: 'ok', detail: '5, encrypted with the first key.' });
  expect(await look(newKey, oldKey)).toEqual({
    state: 'warning',
    detail: '5 of 5 are encrypted with an older key.',
    fix: 'Run: parley rotate-keys',
  });
  expect(await look(newKey)).toMatchObject({
    state: 'failed',
    detail: expect.stringMatching(/^5 of 5 cannot be read: provider_keys [\w-]+, /),
    fix: expect.stringContaining('ENCRYPTION_KEYS'),
  });
});

/** Columns of any table, known to the program's list or not, that still hold something encrypted with that key. */
async function findEncryptedWith(db: Awaited<ReturnType<typeof createTestDatabase>>['db'], keyId: string) {
  const columns = await db('information_schema.columns')
    .where({ table_schema: 'public' })
    .whereIn('data_type', ['text', 'jsonb'])
    .select('table_name', 'column_name');
  const found = [];
  for (const { table_name, column_name } of columns) {
    const row = await db(table_name)
      .whereRaw('??::text like ?', [column_name, `%v1.${keyId}.%`])
      .first();
    if (row) found.push(`${table_name}.${column_name}`);
  }
  return found;
}
