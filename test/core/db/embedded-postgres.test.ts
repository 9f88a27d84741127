import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { migrate, openDatabase } from '../../../core/db/database.ts';
import { startEmbeddedPostgres } from '../../../core/db/embedded-postgres.ts';

async function createDataDir() {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'parley-pg-'));
  return { dataDir, [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true, force: true }) };
}

async function query(url: string, sql: string) {
  const db = openDatabase(url, { poolSize: 2 });
  try {
    return (await db.raw(sql)).rows;
  } finally {
    await db.destroy();
  }
}

describe('the embedded PostgreSQL', () => {
  it('keeps its data from one start to the next and folds case in every language', async () => {
    await using folder = await createDataDir();
    const first = await startEmbeddedPostgres(folder);
    await query(first.url, `create table kept as select lower('ÉTÉ') as word`);
    await first.stop();

    const second = await startEmbeddedPostgres(folder);
    const rows = await query(second.url, 'select word from kept');
    await second.stop();

    expect(rows).toEqual([{ word: 'été' }]);
  });

  it('takes over a server that a killed process left running', async () => {
    await using folder = await createDataDir();
    const script = path.join(folder.dataDir, 'start-and-hang.ts');
    const launcher = new URL('../../../core/db/embedded-postgres.ts', import.meta.url).href;
    await writeFile(
      script,
      `import { startEmbeddedPostgres } from '${launcher}';
       const { url } = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(folder.dataDir)} });
       console.log(url);
       setInterval(() => {}, 1000);`,
    );
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const url = await new Promise<string>((resolve) =>
      child.stdout.once('data', (data) => resolve(String(data).trim())),
    );
    await query(url, 'create table kept as select 1 as one');
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));

    const next = await startEmbeddedPostgres(folder);
    const rows = await query(next.url, 'select one from kept');
    await next.stop();

    expect(rows).toEqual([{ one: 1 }]);
    await expect(query(next.url, 'select 1')).rejects.toThrow();
  });

  it('starts beside a pid file whose process is gone or is something else', async () => {
    await using folder = await createDataDir();
    const first = await startEmbeddedPostgres(folder);
    const pidFile = path.join(folder.dataDir, 'postgres', 'postmaster.pid');
    const stale = (await readFile(pidFile, 'utf8')).replace(/^\d+/, String(process.pid));
    await first.stop();
    await writeFile(pidFile, stale);

    const second = await startEmbeddedPostgres(folder);
    const rows = await query(second.url, 'select 1 as one');
    await second.stop();

    expect(rows).toEqual([{ one: 1 }]);
  });

  it('refuses a folder written by another PostgreSQL and changes nothing in it', async () => {
    await using folder = await createDataDir();
    const first = await startEmbeddedPostgres(folder);
    await first.stop();
    const versionFile = path.join(folder.dataDir, 'postgres', 'PG_VERSION');
    const version = await readFile(versionFile, 'utf8');
    await writeFile(versionFile, '17\n');

    await expect(startEmbeddedPostgres(folder)).rejects.toThrow(/written by PostgreSQL 17.*brings PostgreSQL 18/);
    await writeFile(versionFile, version);
    const again = await startEmbeddedPostgres(folder);
    await again.stop();
  });

  it('says which folder cannot be written', async () => {
    await using folder = await createDataDir();
    const file = path.join(folder.dataDir, 'a-file');
    await writeFile(file, '');

    await expect(startEmbeddedPostgres({ dataDir: path.join(file, 'data') })).rejects.toThrow(
      /Cannot write to the data folder .*a-file/,
    );
  });
});

describe('migrations', () => {
  it('are run once when several processes start together', async () => {
    await using folder = await createDataDir();
    const postgres = await startEmbeddedPostgres({ ...folder, durable: false });
    const databases = [1, 2, 3].map(() => openDatabase(postgres.url));

    await Promise.all(databases.map(migrate));
    const rows = await query(postgres.url, 'select count(*) = count(distinct name) as once from knex_migrations');
    await Promise.all(databases.map((db) => db.destroy()));
    await postgres.stop();

    expect(rows).toEqual([{ once: true }]);
  });

  it('can all be taken back', async () => {
    await using folder = await createDataDir();
    const postgres = await startEmbeddedPostgres({ ...folder, durable: false });
    const db = openDatabase(postgres.url);
    await migrate(db);

    await db.migrate.rollback(undefined, true);
    const { rows } = await db.raw(`select tablename from pg_tables where schemaname = 'public' order by 1`);
    await db.destroy();
    await postgres.stop();

    expect(rows.map((row: { tablename: string }) => row.tablename)).toEqual([
      'knex_migrations',
      'knex_migrations_lock',
    ]);
  });
});
