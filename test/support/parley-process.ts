import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findFreePort } from './free-port.ts';

const PROGRAM = fileURLToPath(new URL('../../main.ts', import.meta.url));

export interface ParleyProcess extends AsyncDisposable {
  url: string;
  process: ChildProcess;
  /** Everything it has printed so far. */
  output(): string;
  /** Resolves with the exit code, or null when a signal ended it. */
  exited: Promise<number | null>;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

interface ParleyProcessOptions {
  dataDir: string;
  env?: Record<string, string>;
  args?: string[];
}

/** Starts the real program as its own process, with nothing from this one's settings. */
export function spawnParley({ dataDir, env = {}, args = [] }: ParleyProcessOptions): Omit<ParleyProcess, 'url'> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    // A folder without .env, so that a developer's own settings do not take part.
    cwd: dataDir,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, DATA_DIR: path.join(dataDir, 'data'), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (output += data));
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const stop = (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    return exited;
  };
  return {
    process: child,
    output: () => output,
    exited,
    stop,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await stop();
    },
  };
}

/** Starts the server and waits until it is ready to answer. */
export async function startParleyProcess(options: ParleyProcessOptions): Promise<ParleyProcess> {
  const port = Number(options.env?.PORT ?? (await findFreePort()));
  const parley = spawnParley({ ...options, env: { ...options.env, PORT: String(port) } });
  const url = `http://127.0.0.1:${port}`;
  let hasExited = false;
  void parley.exited.then(() => {
    hasExited = true;
  });
  while (!(await isReady(url))) {
    if (hasExited) throw new Error(`Parley ended at its start:\n${parley.output()}`);
    await sleep(20);
  }
  return { ...parley, url };
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    (response) => response.ok,
    () => false,
  );
}

export async function createTemporaryFolder(): Promise<{ folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-process-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** An anonymous visitor with one session, as the widget would have it. */
export async function createVisitorSession(url: string) {
  const visitor = await postJson(`${url}/api/visitors`, {});
  const token = String(visitor.access_token);
  const session = await postJson(`${url}/api/sessions`, {}, { authorization: `Bearer ${token}` });
  return { token, sessionId: String(session.id) };
}

export async function postJson(
  url: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}
