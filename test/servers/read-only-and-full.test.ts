import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  installed,
  nameMissing,
  psql,
  type RunningServer,
  startDebianPostgres,
  startPgBouncer,
  toUrl,
} from '../support/debian-servers.ts';
import { createTemporaryFolder, spawnParley, startParleyProcess } from '../support/parley-process.ts';

const SECRETS = {
  JWT_SECRET: 'a secret of at least thirty-two characters',
  ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
  OWN_DOCUMENTS: 'off',
};

async function readiness(url: string): Promise<string> {
  const response = await fetch(`${url}/readyz`);
  const { parts } = (await response.json()) as { parts: { database: { message: string } } };
  return `${response.status} ${parts.database.message}`;
}

const READY = '200 The database answers.';

/** A small disk of its own, or null where this user may not make one. */
function createDisk(megabytes: number) {
  const folder = mkdtempSync(path.join(tmpdir(), 'parley-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
  return {
    folder,
    [Symbol.dispose]() {
      execFileSync('umount', ['-l', folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

describe.skipIf(installed.postgres === null)(`a database that stores nothing${nameMissing('postgres')}`, () => {
  it('is refused in words when it is a standby', async () => {
    await using primary = await startDebianPostgres();
    await using standby = await startDebianPostgres({ standbyOf: primary });
    await using folder = await createTemporaryFolder();
    await using parley = spawnParley({ dataDir: folder.folder, env: { DATABASE_URL: toUrl(standby), ...SECRETS } });

    expect(await parley.exited).toBe(78);
    expect(parley.output()).toMatch(
      /DATABASE_URL is a standby, which can only be read\. Give the address of the primary/,
    );
    expect(parley.output()).not.toMatch(/\n\s+at /);
  });

  it.skipIf(installed.pgbouncer === null)(
    'turns /readyz red after a failover to a standby, and green when that is promoted',
    async () => {
      await using primary = await startDebianPostgres();
      await using standby = await startDebianPostgres({ standbyOf: primary });
      let pooler: RunningServer = await startPgBouncer({ postgres: primary, mode: 'transaction' });
      await using folder = await createTemporaryFolder();
      await using parley = await startParleyProcess({
        dataDir: folder.folder,
        env: { DATABASE_URL: toUrl(pooler), ...SECRETS },
      });
      await expect.poll(() => readiness(parley.url)).toBe(READY);
      // Everything that was written has arrived before the address leads elsewhere.
      const written = psql(primary, 'select pg_current_wal_lsn()').trim();
      await expect
        .poll(() => psql(standby, `select pg_last_wal_replay_lsn() >= '${written}'::pg_lsn`, 'postgres').trim())
        .toBe('t');
      await pooler.stop();
      pooler = await startPgBouncer({
        postgres: standby,
        mode: 'transaction',
        port: pooler.port,
      });

      await expect.poll(() => readiness(parley.url)).toBe('503 The database is a standby now, which can only be read.');
      psql(standby, 'select pg_promote()', 'postgres');
      await expect.poll(() => readiness(parley.url)).toBe(READY);
      await parley.stop();
      await pooler[Symbol.asyncDispose]();
    },
  );

  const disk = createDisk(1);
  disk?.[Symbol.dispose]();
  it.skipIf(disk === null)('turns /readyz red while its disk is full, and green when there is room again', async () => {
    using small = createDisk(160);
    if (!small) throw new Error('no disk');
    await chmod(small.folder, 0o777);
    await using postgres = await startDebianPostgres({ parent: small.folder, settings: { max_wal_size: '32MB' } });
    await using folder = await createTemporaryFolder();
    await using parley = await startParleyProcess({
      dataDir: folder.folder,
      env: { DATABASE_URL: toUrl(postgres), ...SECRETS },
    });
    await expect.poll(() => readiness(parley.url)).toBe(READY);

    const filler = path.join(small.folder, 'filler');
    await writeFile(filler, Buffer.alloc(160 * 2 ** 20)).catch(() => {});
    await expect.poll(() => readiness(parley.url)).toMatch(/^503 The database has no space left|^503 /);
    const red = await readiness(parley.url);
    await rm(filler);

    expect(red).toBe('503 The database has no space left: nothing can be stored.');
    await expect.poll(() => readiness(parley.url)).toBe(READY);
    await parley.stop();
  });
});
