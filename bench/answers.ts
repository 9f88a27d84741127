import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Child, cpuSeconds, freePort, memoryMb, startChild, untilIdle, untilItWorks } from './child.ts';
import { type LoadFigures, type LoadTarget, runLoad } from './load.ts';

const CONCURRENCIES = [1, 32, 200];

interface Row extends LoadFigures {
  server: string;
  concurrency: number;
  cpuMsPerAnswer: number;
  memoryMb: number;
}

interface Contender {
  server: string;
  child: Child;
  target: LoadTarget;
}

/** One after the other at each setting, so that all of them meet the same minute of a noisy machine. */
async function measure(contenders: Contender[], most: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { target } of contenders) await runLoad(target, { answers: 100, concurrency: 10 });
  for (const concurrency of CONCURRENCIES) {
    const answers = concurrency === 1 ? Math.ceil(most / 5) : most;
    for (const { server, child, target } of contenders) {
      const pids = [child.process.pid ?? 0];
      const cpuBefore = cpuSeconds(pids);
      const figures = await runLoad(target, { answers, concurrency });
      const cpuMsPerAnswer = ((cpuSeconds(pids) - cpuBefore) * 1000) / answers;
      rows.push({ server, concurrency, ...figures, cpuMsPerAnswer, memoryMb: memoryMb(pids) });
    }
  }
  return rows;
}

function passThroughTarget(origin: string): LoadTarget {
  return {
    next: () => ({ url: `${origin}/chat`, headers: {}, body: JSON.stringify({ text: 'How do I add a folder?' }) }),
  };
}

/** Each answer goes to the least recently used of many sessions, as many people asking would have it. */
async function parleyTarget(origin: string, toQuestion: (number: number) => string): Promise<LoadTarget> {
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
      const text = toQuestion(asked);
      asked += 1;
      return {
        url: `${origin}/api/sessions/${session?.id}/messages`,
        headers: { authorization: `Bearer ${session?.token}`, accept: 'text/event-stream' },
        body: JSON.stringify({ text }),
      };
    },
  };
}

const VERBS = ['add', 'remove', 'sync', 'search', 'embed', 'configure', 'restart', 'back up', 'upgrade', 'limit'];
const THINGS = ['a folder', 'a website', 'the widget', 'the model', 'visitors', 'sources', 'a PDF', 'keys', 'Qdrant'];
const WAYS = ['on my server', 'with Docker', 'for one site', 'quickly', 'at night', 'by hand', 'in a test', 'safely'];

/** Questions about this project's own documents, each a new one, so that nothing remembered answers for us. */
function documentQuestion(number: number): string {
  let rest = number;
  const pick = (words: string[]) => {
    const word = words[rest % words.length];
    rest = Math.floor(rest / words.length);
    return word;
  };
  return `How do I ${pick(VERBS)} ${pick(THINGS)} ${pick(WAYS)}, try ${rest + 1}?`;
}

const originOf = (child: Child) => `http://127.0.0.1:${JSON.parse(child.line).port}`;
const scripts = path.dirname(new URL(import.meta.url).pathname);

/**
 * Streams answers of 200 tokens through a bare Express + openai pass-through and through Parley, from one upstream
 * stub, in one run. Machines are noisy: the ratios are what counts.
 * @param most answers at each concurrency; a fifth of them one by one
 */
export async function benchAnswers(most: number) {
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
  await untilItWorks(() => fetch(origin));
  // The embeddings of the program's own documents are made after the start, and are not what is measured.
  await untilIdle(parley.process.pid ?? 0);
  const contenders = [
    { server: 'pass-through', child: passThrough, target: passThroughTarget(originOf(passThrough)) },
    { server: 'stored', child: parley, target: await parleyTarget(origin, () => 'hello') },
    { server: 'stored, retrieved', child: parley, target: await parleyTarget(origin, documentQuestion) },
  ];
  const rows = await measure(contenders, most);
  for (const child of [parley, passThrough, upstream]) await child.stop();
  await rm(dataDir, { recursive: true, force: true });

  const bare = new Map(rows.filter((row) => row.server === 'pass-through').map((row) => [row.concurrency, row]));
  return rows.map((row) => ({
    server: row.server,
    concurrency: row.concurrency,
    answers_per_second: Number(row.answersPerSecond.toFixed(1)),
    rate_ratio: Number((row.answersPerSecond / (bare.get(row.concurrency)?.answersPerSecond ?? 1)).toFixed(2)),
    first_token_p50_ms: Number(row.firstTokenP50Ms.toFixed(1)),
    first_token_p95_ms: Number(row.firstTokenP95Ms.toFixed(1)),
    cpu_ms: Number(row.cpuMsPerAnswer.toFixed(2)),
    cpu_ratio: Number((row.cpuMsPerAnswer / (bare.get(row.concurrency)?.cpuMsPerAnswer ?? 1)).toFixed(2)),
    memory_mb: row.memoryMb,
  }));
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { answers: { type: 'string', default: '2000' }, json: { type: 'boolean', default: false } },
  });
  const figures = await benchAnswers(Number(values.answers));
  if (values.json) console.log(JSON.stringify(figures));
  else console.table(figures);
}
