import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, globSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from './free-port.ts';

/** Where Debian's packages put their programs; null where one is not installed. */
export const installed = {
  postgres: globSync('/usr/lib/postgresql/*/bin').toSorted().at(-1) ?? null,
  pgbouncer: existsSync('/usr/sbin/pgbouncer') ? '/usr/sbin/pgbouncer' : null,
};

/** For the name of a suite that does not run: says what is missing. */
export function nameMissing(...programs: (keyof typeof installed)[]): string {
  const missing = programs.filter((program) => installed[program] === null);
  return missing.length === 0 ? '' : ` (skipped: ${missing.join(' and ')} not installed)`;
}

export interface RunningServer extends AsyncDisposable {
  host: string;
  port: number;
  folder: string;
  output(): string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Neither server runs as root; the user of Debian's PostgreSQL is there whenever it is. */
function runAs(): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {};
  const ask = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: ask('-u'), gid: ask('-g') };
}

async function createFolder(name: string, parent = tmpdir()): Promise<string> {
  const folder = await mkdtemp(path.join(parent, `parley-${name}-`));
  await chmod(folder, 0o700);
  give(folder);
  return folder;
}

function give(file: string): void {
  const user = runAs();
  if (user.uid !== undefined) chownSync(file, user.uid, user.gid);
}

export interface DebianPostgresOptions {
  /** Lines of postgresql.conf. */
  settings?: Record<string, string | number>;
  /** Lines of pg_hba.conf; anybody with the password over TCP and sockets unless given. */
  hba?: string[];
  /** PEM files that the server's folder gets, such as a certificate for `ssl_cert_file`. */
  files?: Record<string, string>;
  /** A server of which this is to be a standby. */
  standbyOf?: RunningServer;
  /** Where its folder is made. */
  parent?: string;
}

export const PASSWORD = 'correct-horse';

/** Debian's PostgreSQL with the role and the database `parley`, whose password is PASSWORD. */
export async function startDebianPostgres(options: DebianPostgresOptions = {}): Promise<RunningServer> {
  const bin = installed.postgres;
  if (!bin) throw new Error('PostgreSQL of Debian is not installed');
  const folder = await createFolder('postgres', options.parent);
  const data = path.join(folder, 'data');
  if (options.standbyOf) {
    const { folder: from, port: at } = options.standbyOf;
    const dsn = `postgres://parley:${PASSWORD}@/postgres?host=${from}&port=${at}`;
    const args = ['-D', data, '-R', '-c', 'fast', '-d', dsn];
    execFileSync(path.join(bin, 'pg_basebackup'), args, { ...runAs(), cwd: folder, stdio: 'pipe' });
  } else {
    await writeOwn(path.join(folder, 'password'), PASSWORD);
    execFileSync(
      path.join(bin, 'initdb'),
      [
        '-D',
        data,
        '-U',
        'parley',
        '-A',
        'scram-sha-256',
        `--pwfile=${folder}/password`,
        '-E',
        'UTF8',
        '--locale=C.UTF-8',
        '--no-sync',
      ],
      { ...runAs(), cwd: folder, stdio: 'pipe' },
    );
    await writeOwn(
      path.join(data, 'pg_hba.conf'),
      `${(options.hba ?? ['local all all scram-sha-256', 'host all all all scram-sha-256', 'host replication all all scram-sha-256', 'local replication all scram-sha-256']).join('\n')}\n`,
    );
  }
  for (const [name, text] of Object.entries(options.files ?? {})) await writeOwn(path.join(data, name), text);
  const port = await findFreePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    port,
    fsync: 'off',
    ...options.settings,
  };
  const server = await run(
    path.join(bin, 'postgres'),
    ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { folder, port, stopWith: 'SIGINT' },
  );
  if (!options.standbyOf) psql(server, 'create database parley', 'postgres');
  return server;
}

/** Runs SQL on a server of ours, as its superuser. */
export function psql(server: { folder: string; port: number }, sql: string, database = 'parley'): string {
  const url = `postgres://parley:${PASSWORD}@/${database}?host=${server.folder}&port=${server.port}`;
  for (let tries = 0; ; tries += 1) {
    try {
      return execFileSync(
        path.join(installed.postgres ?? '', 'psql'),
        ['-X', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-c', sql, url],
        {
          encoding: 'utf8',
          stdio: 'pipe',
        },
      );
    } catch (error) {
      // The port answers a moment before the database does.
      if (tries === 20 || !/starting up/.test(String(error))) throw error;
      execFileSync('sleep', ['0.1']);
    }
  }
}

export interface PgBouncerOptions {
  postgres: { host: string; port: number };
  mode: 'session' | 'transaction' | 'statement';
  settings?: Record<string, string | number>;
  /** A free one unless given. */
  port?: number;
}

/** Debian's PgBouncer before a server; the same role and database as there. */
export async function startPgBouncer({
  postgres,
  mode,
  settings = {},
  ...options
}: PgBouncerOptions): Promise<RunningServer> {
  if (!installed.pgbouncer) throw new Error('PgBouncer of Debian is not installed');
  const folder = await createFolder('pgbouncer');
  const port = options.port ?? (await findFreePort());
  const lines = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: folder,
    auth_type: 'plain',
    auth_file: path.join(folder, 'users.txt'),
    pool_mode: mode,
    default_pool_size: 20,
    ...settings,
  };
  await writeOwn(path.join(folder, 'users.txt'), `"parley" "${PASSWORD}"\n`);
  await writeOwn(
    path.join(folder, 'pgbouncer.ini'),
    `[databases]\n* = host=${postgres.host} port=${postgres.port}\n[pgbouncer]\n${Object.entries(lines)
      .map(([name, value]) => `${name} = ${value}`)
      .join('\n')}\n`,
  );
  return run(installed.pgbouncer, [path.join(folder, 'pgbouncer.ini')], { folder, port, stopWith: 'SIGTERM' });
}

export function toUrl({ host, port }: { host: string; port: number }, parameters = ''): string {
  return `postgres://parley:${PASSWORD}@${host}:${port}/parley${parameters}`;
}

async function writeOwn(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text, { mode: 0o600 });
  give(file);
}

async function run(
  program: string,
  args: string[],
  { folder, port, stopWith }: { folder: string; port: number; stopWith: NodeJS.Signals },
): Promise<RunningServer> {
  const child = spawn(program, args, { ...runAs(), cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (output += data));
  const exited = once(child, 'exit');
  await waitForPort(port, child, () => output);
  const stop = async (signal: NodeJS.Signals = stopWith) => {
    child.kill(signal);
    await exited;
  };
  return {
    host: '127.0.0.1',
    port,
    folder,
    output: () => output,
    stop,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function waitForPort(port: number, child: ChildProcess, output: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended at its start:\n${output()}`);
    const socket = connect(port, '127.0.0.1');
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await sleep(20);
  }
}
