import { mkdir, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { StartError } from '../errors.ts';

interface Holder {
  pid: number;
  /** When the process began, in the kernel's own count: a process id alone is reused after a restart. */
  began: string | null;
}

/**
 * Keeps a data folder to one process. The lock is a file naming its holder; one whose holder is gone, after `kill -9`
 * or a power cut, is taken over.
 * @returns a function that gives the folder up
 * @throws StartError while another process holds it
 */
export async function lockDataFolder(dataDir: string): Promise<() => Promise<void>> {
  const file = path.join(path.resolve(dataDir), 'parley.lock');
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 }).catch(() => {});
  const me: Holder = { pid: process.pid, began: (await readProcess(process.pid)).began };
  for (let attempt = 0; attempt < 5; attempt += 1) {
    try {
      const handle = await open(file, 'wx', 0o600);
      await handle.writeFile(JSON.stringify(me));
      await handle.close();
      return () => rm(file, { force: true });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw notWritable(dataDir, cause);
      const holder = await readHolder(file);
      if (holder && (await isAlive(holder))) {
        throw new StartError(
          `The data folder ${path.resolve(dataDir)} is in use by another Parley (process ${holder.pid}). ` +
            'Stop that one first, or set DATA_DIR to another folder.',
        );
      }
      await rm(file, { force: true });
    }
  }
  throw new StartError(`Another Parley is just starting in ${path.resolve(dataDir)}. Try again in a moment.`);
}

function notWritable(dataDir: string, cause: unknown): StartError {
  return new StartError(
    `Cannot write to the data folder ${path.resolve(dataDir)}. Make it writable for this user, free some space, or set DATA_DIR to another folder.`,
    { cause },
  );
}

async function readHolder(file: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder;
  } catch {
    return null;
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  if (holder.pid === process.pid) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const { state, began } = await readProcess(holder.pid);
  // Killed, but not yet collected by its parent: it will never write again.
  if (state === 'Z') return false;
  return began === null || holder.began === null || began === holder.began;
}

/** Fields 3 and 22 of /proc/<pid>/stat, counted after the parenthesised name; null where there is no /proc. */
async function readProcess(pid: number): Promise<{ state: string | null; began: string | null }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return { state: fields[0] ?? null, began: fields[19] ?? null };
}
