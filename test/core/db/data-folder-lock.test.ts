import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { lockDataFolder } from '../../../core/db/data-folder-lock.ts';

async function createFolder() {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-lock-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

it('refuses a folder that a living process holds, naming it', async () => {
  await using t = await createFolder();
  const sleeper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await writeFile(path.join(t.folder, 'parley.lock'), JSON.stringify({ pid: sleeper.pid, began: null }));

  await expect(lockDataFolder(t.folder)).rejects.toThrow(`in use by another Parley (process ${sleeper.pid})`);
  sleeper.kill();
});

it('takes over the lock of a process that is gone', async () => {
  await using t = await createFolder();
  const gone = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => gone.once('exit', resolve));
  await writeFile(path.join(t.folder, 'parley.lock'), JSON.stringify({ pid: gone.pid, began: null }));

  const unlock = await lockDataFolder(t.folder);
  await unlock();
});

it.runIf(existsSync('/proc/self/stat'))(
  'takes over the lock of a killed process that its parent never collected',
  async () => {
    await using t = await createFolder();
    // The shell becomes a program that knows nothing of the child it has got, and so never collects it.
    const parent = spawn('sh', ['-c', 'sleep 100 & echo $!; exec sleep 100']);
    const [line] = await once(parent.stdout, 'data');
    const pid = Number(line);
    process.kill(pid, 'SIGKILL');
    await writeFile(path.join(t.folder, 'parley.lock'), JSON.stringify({ pid, began: null }));

    const unlock = await vi.waitFor(() => lockDataFolder(t.folder), { timeout: 60_000 });
    await unlock();
    parent.kill();
  },
);

it('takes over a lock whose process id now belongs to something else', async () => {
  await using t = await createFolder();
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await writeFile(path.join(t.folder, 'parley.lock'), JSON.stringify({ pid: other.pid, began: '1' }));

  const unlock = await lockDataFolder(t.folder);
  await unlock();
  other.kill();
});

it('takes over a lock file that was cut off while it was written', async () => {
  await using t = await createFolder();
  await writeFile(path.join(t.folder, 'parley.lock'), '{"pi');

  const unlock = await lockDataFolder(t.folder);
  await unlock();
});
