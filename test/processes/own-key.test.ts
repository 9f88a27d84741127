import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { startFakeModelServer } from '../support/fake-model-server.ts';
import {
  createTemporaryFolder,
  createVisitorSession,
  spawnParley,
  startParleyProcess,
} from '../support/parley-process.ts';
import { createTestDatabase } from '../support/test-database.ts';

const KEY = 'sk-adas-own-key-8h3k';

it('pays for its owner in the whole program, also after the encryption key was changed beside it, until it fails', async () => {
  await using database = await createTestDatabase();
  await using folder = await createTemporaryFolder();
  await using operators = await startFakeModelServer();
  await using provider = await startFakeModelServer();
  provider.acceptOnly(KEY);
  const [oldKey, newKey] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
  const env = (...keys: string[]) => ({
    DATABASE_URL: database.url,
    JWT_SECRET: 'a secret of at least thirty-two characters',
    ENCRYPTION_KEYS: keys.join(','),
    OPENAI_BASE_URL: operators.url,
    OPENAI_API_KEY: 'sk-the-operators',
    CHAT_MODEL: 'fake',
    OWN_DOCUMENTS: 'off',
    ALLOW_PRIVATE_HOSTS: new URL(provider.url).host,
    LOG_LEVEL: 'trace',
  });
  const ask = (url: string, { token, sessionId }: { token: string; sessionId: string }) =>
    fetch(`${url}/api/sessions/${sessionId}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ text: 'Hello?' }),
    });

  await using first = await startParleyProcess({ dataDir: folder.folder, env: env(oldKey, newKey) });
  const ada = await createVisitorSession(first.url);
  const saved = await fetch(`${first.url}/api/users/me/provider-key`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${ada.token}` },
    body: JSON.stringify({ api_key: KEY, base_url: provider.url }),
  });
  expect(saved.status).toBe(200);
  expect((await ask(first.url, ada)).status).toBe(200);

  await using rotation = spawnParley({ dataDir: folder.folder, env: env(newKey, oldKey), args: ['rotate-keys'] });
  expect(await rotation.exited).toBe(0);
  expect(rotation.output()).toContain('provider_keys.api_key: 1 encrypted again, 0 were already, 0 cannot be read.');
  expect((await ask(first.url, ada)).status).toBe(200);
  expect(await first.stop()).toBe(0);
  await using second = await startParleyProcess({ dataDir: folder.folder, env: env(newKey) });
  expect((await ask(second.url, ada)).status).toBe(200);

  expect(provider.keys).toEqual([KEY, KEY, KEY, KEY]);
  provider.next({ status: 429, headers: { 'retry-after': '42' } });
  const busy = await ask(second.url, ada);
  expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '42']);
  provider.next({ status: 503, headers: { 'retry-after': '42' } });
  expect((await ask(second.url, ada)).status).toBe(503);
  provider.acceptOnly('sk-another');
  const refused = await ask(second.url, ada);
  expect(refused.status).toBe(400);
  expect((await refused.json()).error).toMatchObject({
    code: 'provider_key_rejected',
    message: expect.stringContaining(`/account.`),
  });
  expect(operators.keys).toEqual([]);
  for (const process of [first, rotation, second]) expect(process.output()).not.toContain(KEY);
});
