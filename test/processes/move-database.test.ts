import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { expect, inject, it } from 'vitest';
import { openDatabase } from '../../core/db/database.ts';
import { startFakeModelServer } from '../support/fake-model-server.ts';
import { askAsVisitor, liveIn, lookAround, runCommand, settingsOf } from '../support/lived-in-parley.ts';
import { createTemporaryFolder, startParleyProcess } from '../support/parley-process.ts';

/** A dozen commands, each a process of its own. */
const PATIENCE_MS = 300_000;

/** A database as hosts hand them out: its role owns it and is nothing more. */
async function createHostedDatabase(): Promise<string> {
  const name = `moved_${randomUUID().replaceAll('-', '')}`;
  const admin = openDatabase(inject('postgresUrl'), { poolSize: 1 });
  await admin.raw(`create role ${name} login password 'a password of #1 quality'`);
  await admin.raw(`create database ${name} owner ${name}`);
  await admin.destroy();
  const url = new URL(inject('postgresUrl'));
  url.username = name;
  url.password = 'a password of #1 quality';
  url.pathname = name;
  return url.href;
}

it(
  'moves from the embedded database to one of the operator, with proof, and says what is left behind before',
  async () => {
    await using provider = await startFakeModelServer();
    await using home = await createTemporaryFolder();
    const dataDir = home.folder;
    const env = settingsOf(provider);
    const to = await createHostedDatabase();
    const first = await startParleyProcess({ dataDir, env });
    await liveIn(first, { dataDir, provider });
    const before = await lookAround(first.url);
    expect(await runCommand(dataDir, ['move', '--to', to], {}, 1)).toMatch(/in use by another Parley/);
    await first.stop();

    const others = {
      JWT_SECRET: 'another secret of thirty-two characters',
      ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
    };
    const tooSoon = await startParleyProcess({ dataDir, env: { ...env, ...others, DATABASE_URL: to } });
    expect(await runCommand(dataDir, ['move', '--to', to], {}, 2)).toMatch(/Parley is running on the database/);
    await tooSoon.stop();
    expect(tooSoon.output()).toMatch(/holds a database of Parley's own, last used on .*chats, accounts.*parley move/);

    const moved = await runCommand(dataDir, ['move'], { ...others, DATABASE_URL: to });
    expect(moved).toMatch(/^users: 1 row, sum [0-9a-f]{16} on both sides$/m);
    expect(moved).toContain('The books add up');
    const file = path.join(dataDir, 'data/moved.env');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const settings = parseEnv(await readFile(file, 'utf8')) as Record<string, string>;
    expect(settings.DATABASE_URL).toBe(to);
    for (const secret of [settings.JWT_SECRET!, settings.ENCRYPTION_KEYS!]) expect(moved).not.toContain(secret);
    expect(await runCommand(dataDir, ['move', '--to', to], {}, 2)).toMatch(/Somebody has used.*Nothing was changed/s);

    const second = await startParleyProcess({ dataDir, env: { ...env, ...settings } });
    const after = await lookAround(second.url);
    const answer = await askAsVisitor(second.url);
    const doctor = await runCommand(dataDir, ['doctor'], { ...env, ...settings });
    await second.stop();

    expect(after.found).toEqual(before.found);
    expect(answer).toMatchObject({ content: expect.stringContaining('412 metres') });
    expect(doctor).toMatch(/1, encrypted with the first key/);
    expect(second.output()).not.toContain("a database of Parley's own");
  },
  PATIENCE_MS,
);

it(
  'says why it cannot move, and leaves nothing where it was to go',
  async () => {
    await using home = await createTemporaryFolder();
    const dataDir = home.folder;
    expect(await runCommand(dataDir, ['move', '--to', inject('postgresUrl')], {}, 2)).toContain('nothing to move');
    const parley = await startParleyProcess({ dataDir });
    await parley.stop();
    const to = new URL(await createHostedDatabase());
    const admin = openDatabase(inject('postgresUrl').replace(/postgres$/, to.pathname.slice(1)), { poolSize: 1 });

    to.port = '1';
    expect(await runCommand(dataDir, ['move', '--to', to.href], {}, 1)).toMatch(/Nothing listens at .*--to/);
    to.port = new URL(inject('postgresUrl')).port;
    await admin.raw('revoke create on schema public from public; create table users (name text)');
    expect(await runCommand(dataDir, ['move', '--to', to.href], {}, 2)).toMatch(
      /tables of another program|lacks a right/,
    );
    await admin.raw('drop table users');
    await admin.raw(
      `alter schema public owner to postgres; revoke all on schema public from public; grant usage on schema public to public`,
    );
    expect(await runCommand(dataDir, ['move', '--to', to.href], {}, 1)).toMatch(/lacks a right/);
    const { rows } = await admin.raw(`select count(*) as tables from pg_tables where schemaname = 'public'`);
    await admin.destroy();
    expect(rows[0].tables).toBe(0);
    expect(await runCommand(dataDir, ['move', '--to', 'mysql://x/y'], {}, 1)).toMatch(/--to must be an address like/);
  },
  PATIENCE_MS,
);
