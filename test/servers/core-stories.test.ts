import { chmod, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../support/certificate-authority.ts';
import {
  installed,
  nameMissing,
  psql,
  type RunningServer,
  startDebianPostgres,
  startPgBouncer,
  toUrl,
} from '../support/debian-servers.ts';
import { startFakeModelServer } from '../support/fake-model-server.ts';
import { askAsVisitor, liveIn, lookAround, runCommand, settingsOf } from '../support/lived-in-parley.ts';
import { createTemporaryFolder, startParleyProcess } from '../support/parley-process.ts';

const SECRETS = {
  JWT_SECRET: 'a secret of at least thirty-two characters',
  ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
};

/** Somebody lives in a Parley on the first database; it is backed up and restored, or moved, into the second one. */
async function tell(urls: { first: string; second: string }, how: 'restore' | 'move'): Promise<void> {
  await using folder = await createTemporaryFolder();
  await using provider = await startFakeModelServer();
  const dataDir = folder.folder;
  const env = { ...settingsOf(provider), ...SECRETS, OWN_DOCUMENTS: 'off', DATABASE_URL: urls.first };
  const first = await startParleyProcess({ dataDir, env });
  await liveIn(first, { dataDir, provider, env });
  const before = await lookAround(first.url);
  const file = path.join(dataDir, 'parley.backup');
  if (how === 'restore') await runCommand(dataDir, ['backup', file], env);
  await first.stop();

  const elsewhere = { ...env, DATABASE_URL: urls.second };
  const said =
    how === 'restore'
      ? await runCommand(dataDir, ['restore', file], elsewhere)
      : await runCommand(dataDir, ['move', '--to', urls.second], env);
  const second = await startParleyProcess({ dataDir, env: elsewhere });
  const after = await lookAround(second.url);
  const answer = await askAsVisitor(second.url);
  await second.stop();

  expect(said).toContain('The books add up');
  expect(before.found.wallet).toMatchObject({ balance_cents: 512 });
  expect(after.found).toEqual(before.found);
  expect(answer).toMatchObject({ content: expect.stringContaining('412 metres') });
}

const hasPooler = installed.postgres !== null && installed.pgbouncer !== null;

describe.skipIf(!hasPooler)(
  `questions, money and copies behind PgBouncer${nameMissing('postgres', 'pgbouncer')}`,
  () => {
    let postgres: RunningServer;
    beforeAll(async () => {
      postgres = await startDebianPostgres();
    });
    afterAll(() => postgres?.[Symbol.asyncDispose]());

    it.each([
      ['transaction', 'restore'],
      ['session', 'move'],
      ['transaction', 'move'],
    ] as const)('in %s mode are all there after a %s', async (mode, how) => {
      const [one, two] = [`first_${mode}_${how}`, `second_${mode}_${how}`];
      for (const name of [one, two]) psql(postgres, `create database ${name}`, 'postgres');
      await using pooler = await startPgBouncer({ postgres, mode });

      const at = (name: string) => toUrl(pooler).replace(/parley$/, name);
      await tell({ first: at(one), second: at(two) }, how);
    });
  },
);

describe.skipIf(installed.postgres === null)(`questions, money and copies over TLS${nameMissing('postgres')}`, () => {
  it('are all there after a move', async () => {
    const authority = createAuthority();
    await chmod(authority.folder, 0o755);
    const server = authority.issue('server', { subject: 'localhost', names: 'DNS:localhost' });
    await using postgres = await startDebianPostgres({
      settings: { ssl: 'on', ssl_cert_file: 'server.pem', ssl_key_file: 'server.key' },
      files: { 'server.pem': server.certText, 'server.key': server.keyText },
      hba: ['local all all scram-sha-256', 'hostssl all all all scram-sha-256'],
    });
    psql(postgres, 'create database second', 'postgres');
    const tls = `?sslmode=verify-full&sslrootcert=${authority.ca}`;
    const first = toUrl({ ...postgres, host: 'localhost' }, tls);

    await tell({ first, second: first.replace('/parley?', '/second?') }, 'move');
    await rm(authority.folder, { recursive: true, force: true });
  });
});
