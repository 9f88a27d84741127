import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freePort, memoryMb, startChild, untilIdle, untilItWorks, withOwn } from './child.ts';

const PROGRAM_FOLDER = fileURLToPath(new URL('..', import.meta.url));
const WARM_STARTS = 3;

/** From `npm start` with no settings to the end of the first answer, on an empty data folder and then on a full one. */
export async function benchStart() {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'parley-bench-'));
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const env = { PORT: String(port), DATA_DIR: dataDir };
  try {
    const cold = await startAndAsk(env, origin);
    // The second start is to find everything embedded.
    await untilIdle(cold.program.pid ?? 0);
    await stop(cold.program);
    const warm: number[] = [];
    for (let start = 1; start <= WARM_STARTS; start++) {
      const { program, firstAnswerMs } = await startAndAsk(env, origin);
      warm.push(firstAnswerMs);
      await stop(program);
    }
    return {
      cold_first_answer_ms: Math.round(cold.firstAnswerMs),
      warm_first_answer_ms: Math.round(warm.sort((a, b) => a - b)[1] ?? 0),
      idle_memory_mb: await idleMemoryMb(env),
    };
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Without npm, which stays beside what it has started. */
async function idleMemoryMb(env: NodeJS.ProcessEnv): Promise<number> {
  const program = await startChild([path.join(PROGRAM_FOLDER, 'main.ts')], { ...env, LOG_LEVEL: 'info' });
  const pid = program.process.pid ?? 0;
  await untilIdle(pid);
  const megabytes = memoryMb([pid]);
  await program.stop();
  return megabytes;
}

async function startAndAsk(env: NodeJS.ProcessEnv, origin: string) {
  const startedAt = performance.now();
  const program = spawn('npm', ['start', '--silent'], {
    cwd: PROGRAM_FOLDER,
    env: withOwn(env),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const post = async (route: string, body: object, token?: string) => {
    const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const response = await fetch(`${origin}${route}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await response.json()) as { id: string; access_token: string };
  };
  const { access_token: token } = await untilItWorks(() => post('/api/visitors', {}));
  const { id } = await post('/api/sessions', {}, token);
  await post(`/api/sessions/${id}/messages`, { text: 'How do I add a folder?' }, token);
  return { program, firstAnswerMs: performance.now() - startedAt };
}

function stop(program: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    program.once('exit', () => resolve());
    program.kill('SIGTERM');
  });
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
  const figures = await benchStart();
  if (values.json) console.log(JSON.stringify(figures));
  else console.table([figures]);
}
