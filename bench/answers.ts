import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Child, cpuSeconds, peakMemoryMb, startChild } from './child.ts';
import { type LoadFigures, type LoadTarget, runLoad } from './load.ts';

/**
 * Streams answers of 200 tokens through a bare Express + openai pass-through and through Parley, from one upstream
 * stub, in one run. These machines are noisy: the ratios are what counts.
 */
const { values: flags } = parseArgs({
  options: { answers: { type: 'string', default: '2000' }, json: { type: 'boolean' } },
});
const CONCURRENCIES = [1, 32, 200];

interface Row extends LoadFigures {
  server: string;
  concurrency: number;
  cpuMsPerAnswer: number;
  peakMemoryMb: number;
}

async function measure(server: string, target: LoadTarget, child: Child): Promise<Row[]> {
  const pids = [child.process.pid ?? 0];
  const rows: Row[] = [];
  await runLoad(target, { answers: 100, concurrency: 10 });
  for (const concurrency of CONCURRENCIES) {
    const answers = concurrency === 1 ? Math.ceil(Number(flags.answers) / 5) : Number(flags.answers);
    const cpuBefore = cpuSeconds(pids);
    const figures = await runLoad(target, { answers, concurrency });
    const cpuMsPerAnswer = ((cpuSeconds(pids) - cpuBefore) * 1000) / answers;
    rows.push({ server, concurrency, ...figures, cpuMsPerAnswer, peakMemoryMb: peakMemoryMb(pids) });
  }
  return rows;
}

function passThroughTarget(origin: string): LoadTarget {
  return {
    next: () => ({ url: `${origin}/chat`, headers: {}, body: JSON.stringify({ text: 'How do I add a folder?' }) }),
  };
}

/** Each answer goes to the least recently used of many sessions, as many people asking would have it. */
async function parleyTarget(origin: string, questions: string[]): Promise<LoadTarget> {
  const post = async (route: string, body: object, token?: string) => {
    const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const response = await fetch(`${origin}${route}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { id: string; access_token: string };
  };
  const sessions = await Promise.all(
    Array.from({ length: 400 }, async () => {
      const { access_token: token } = await post('/api/visitors', {});
      const { id } = await post('/api/sessions', {}, token);
      return { token, id };
    }),
  );
  let asked = 0;
  return {
    next() {
      const session = sessions[asked % sessions.length];
      const text = questions[asked % questions.length];
      asked += 1;
      return {
        url: `${origin}/api/sessions/${session?.id}/messages`,
        headers: { authorization: `Bearer ${session?.token}`, accept: 'text/event-stream' },
        body: JSON.stringify({ text }),
      };
    },
  };
}

/** A thousand different questions about this project's own documents, so that no cache answers for us. */
function documentQuestions(): string[] {
  const verbs = ['add', 'remove', 'sync', 'search', 'embed', 'configure', 'restart', 'back up', 'upgrade', 'limit'];
  const things = [
    'a folder',
    'a website',
    'the widget',
    'PostgreSQL',
    'Qdrant',
    'the model',
    'visitors',
    'sources',
    'a PDF',
    'keys',
  ];
  const ways = [
    'on my server',
    'with Docker',
    'for one site',
    'quickly',
    'at night',
    'by hand',
    'in a test',
    'safely',
    'again',
    'twice',
  ];
  return verbs.flatMap((verb) => things.flatMap((thing) => ways.map((way) => `How do I ${verb} ${thing} ${way}?`)));
}

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** The embeddings of the program's own documents are made after the start, and are not what is measured. */
async function untilIdle(pid: number): Promise<void> {
  for (let before = cpuSeconds([pid]); ; ) {
    await sleep(1000);
    const now = cpuSeconds([pid]);
    if (now - before < 0.1) return;
    before = now;
  }
}

const originOf = (child: Child) => `http://127.0.0.1:${JSON.parse(child.line).port}`;
const scripts = path.dirname(new URL(import.meta.url).pathname);
const dataDir = await mkdtemp(path.join(tmpdir(), 'parley-bench-'));
const port = await freePort();

const upstream = await startChild([path.join(scripts, 'upstream.ts')]);
const passThrough = await startChild([path.join(scripts, 'pass-through.ts'), originOf(upstream)]);
const parley = await startChild([path.join(scripts, '../main.ts')], {
  PORT: String(port),
  DATA_DIR: dataDir,
  OPENAI_BASE_URL: originOf(upstream),
  OPENAI_API_KEY: 'bench',
  // Its first line tells that it is up.
  LOG_LEVEL: 'info',
  RATE_LIMIT_VISITOR: '1000000',
  RATE_LIMIT_ADDRESS: '1000000',
});
const origin = `http://127.0.0.1:${port}`;
while (
  !(await fetch(`${origin}/readyz`).then(
    (response) => response.ok,
    () => false,
  ))
);

await untilIdle(parley.process.pid ?? 0);
const rows = [
  ...(await measure('pass-through', passThroughTarget(originOf(passThrough)), passThrough)),
  ...(await measure('parley, stored', await parleyTarget(origin, ['hello']), parley)),
  ...(await measure('parley, stored and retrieved', await parleyTarget(origin, documentQuestions()), parley)),
];
for (const child of [parley, passThrough, upstream]) await child.stop();
await rm(dataDir, { recursive: true, force: true });

const bare = new Map(rows.filter((row) => row.server === 'pass-through').map((row) => [row.concurrency, row]));
const withRatios = rows.map((row) => ({
  server: row.server,
  concurrency: row.concurrency,
  'answers/s': Number(row.answersPerSecond.toFixed(1)),
  'rate ratio': Number((row.answersPerSecond / (bare.get(row.concurrency)?.answersPerSecond ?? 1)).toFixed(2)),
  'first token p50 ms': Number(row.firstTokenP50Ms.toFixed(1)),
  'first token p95 ms': Number(row.firstTokenP95Ms.toFixed(1)),
  'CPU ms/answer': Number(row.cpuMsPerAnswer.toFixed(2)),
  'peak MB': row.peakMemoryMb,
}));
if (flags.json) process.stdout.write(`${JSON.stringify(withRatios, null, 2)}\n`);
else console.table(withRatios);
