import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two tries to reach a program that is starting. */
const RETRY_MS = 10;

export interface Child {
  process: ChildProcess;
  /** The first line it printed. */
  line: string;
  stop(): Promise<void>;
}

/** What is measured is started as from this terminal (PATH, HOME, what npm sets), with these settings beside. */
export function withOwn(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...process.env, ...env };
}

/** Starts a script of this repository and waits for its first line of output. */
export async function startChild(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Child> {
  const child = spawn(process.execPath, args, {
    env: withOwn(env),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (data) => resolve(String(data).split('\n')[0] ?? ''));
    child.once('exit', (code) => reject(new Error(`${args[0]} ended with ${code}`)));
  });
  child.stdout.resume();
  return {
    process: child,
    line,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}

export async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** What `work` gives as soon as it does not throw. */
export async function untilItWorks<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch {
      await sleep(RETRY_MS);
    }
  }
}

/** CPU seconds that a process and all its descendants have used, those that have ended included. */
export function cpuSeconds(rootPids: number[]): number {
  let ticks = 0;
  for (const pid of withDescendants(rootPids)) {
    const fields = statOf(pid)?.fields ?? [];
    for (const index of [11, 12, 13, 14]) ticks += Number(fields[index] ?? 0);
  }
  return ticks / TICKS_PER_SECOND;
}

/**
 * Memory in MB that a process and all its descendants hold now. Pages that several of them share, as PostgreSQL's
 * processes do, count once: each process has its proportional part of them (Linux's Pss).
 */
export function memoryMb(rootPids: number[]): number {
  let kilobytes = 0;
  for (const pid of withDescendants(rootPids)) {
    try {
      kilobytes += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
    } catch {
      // It ended between the listing and the reading.
    }
  }
  return Math.round(kilobytes / 1024);
}

/** Resolves once a process and its descendants have used next to no processor for two seconds. */
export async function untilIdle(pid: number): Promise<void> {
  for (let before = cpuSeconds([pid]), quiet = 0; quiet < 2; ) {
    await sleep(1000);
    const now = cpuSeconds([pid]);
    quiet = now - before < 0.1 ? quiet + 1 : 0;
    before = now;
  }
}

function statOf(pid: number): { parent: number; fields: string[] } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), fields };
  } catch {
    return null;
  }
}

function withDescendants(rootPids: number[]): Set<number> {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = statOf(Number(name));
    if (stat) parents.set(Number(name), stat.parent);
  }
  const found = new Set(rootPids);
  for (let grew = true; grew; ) {
    grew = false;
    for (const [pid, parent] of parents) {
      if (!found.has(parent) || found.has(pid)) continue;
      found.add(pid);
      grew = true;
    }
  }
  return found;
}
