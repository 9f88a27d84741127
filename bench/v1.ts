import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Child, cpuSeconds, freePort, memoryMb, startChild, untilIdle, untilItWorks } from './child.ts';
import { type LoadTarget, runLoad } from './load.ts';

const CONCURRENCIES = [1, 32, 200];
const MODEL = 'bench';
/** As many wallets that all are charged: one alone would measure how people wait for themselves. */
const PAYERS = 20;
const PRICES = `id,upstream_name,base_url_setting,api_key_setting,input_price_per_million,output_price_per_million,cached_input_price_per_million,context_window,max_output,sees_images,quality,source,price_date
${MODEL},${MODEL},OPENAI_BASE_URL,OPENAI_API_KEY,0.10,0.50,0.01,128000,4096,yes,70,made up,2026-01-01
`;

const scripts = path.dirname(new URL(import.meta.url).pathname);
const originOf = (child: Child) => `http://127.0.0.1:${JSON.parse(child.line).port}`;

interface Contender {
  server: string;
  child: Child;
  /** Of the request for one answer. */
  next(): { url: string; headers: Record<string, string> };
}

interface Row {
  server: string;
  mode: 'stream' | 'whole';
  concurrency: number;
  answersPerSecond: number;
  firstTokenP50Ms: number;
  firstTokenP95Ms: number;
  cpuMs: number;
  memoryMb: number;
}

/** One after the other at each setting, so that all of them meet the same minute of a noisy machine. */
async function measure(contenders: Contender[], most: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { next } of contenders) await runLoad(toTarget(next, 'stream'), { answers: 200, concurrency: 10 });
  for (const mode of ['stream', 'whole'] as const) {
    for (const concurrency of CONCURRENCIES) {
      const answers = concurrency === 1 ? Math.ceil(most / 5) : most;
      for (const { server, child, next } of contenders) {
        const pids = [child.process.pid ?? 0];
        const cpuBefore = cpuSeconds(pids);
        const figures = await runLoad(toTarget(next, mode), { answers, concurrency });
        const cpuMs = ((cpuSeconds(pids) - cpuBefore) * 1000) / answers;
        rows.push({ server, mode, concurrency, ...figures, cpuMs, memoryMb: memoryMb(pids) });
      }
    }
  }
  return rows;
}

function toTarget(next: Contender['next'], mode: Row['mode']): LoadTarget {
  const stream = mode === 'stream';
  const body = JSON.stringify({
    model: MODEL,
    stream,
    messages: [{ role: 'user', content: 'How do I add a folder?' }],
  });
  return {
    marks: stream ? { first: '"content":" token"', last: '[DONE]' } : { first: '"content":', last: '"usage"' },
    next: () => ({ ...next(), body }),
  };
}

async function startParley(upstream: string, dataDir: string): Promise<Contender> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const file = path.join(dataDir, 'models.csv');
  await writeFile(file, PRICES);
  const child = await startChild([path.join(scripts, '../main.ts')], {
    PORT: String(port),
    DATA_DIR: dataDir,
    OPENAI_BASE_URL: upstream,
    OPENAI_API_KEY: 'bench',
    MODELS_FILE: file,
    BILLING: 'wallet',
    DEFAULT_WALLET_BALANCE_CENTS: '1000000',
    API_KEY_PRICE_CENTS: '1',
    // Its first line tells that it is up.
    LOG_LEVEL: 'info',
    RATE_LIMIT_KEY: '1000000',
    RATE_LIMIT_ADDRESS: '1000000',
  });
  await untilItWorks(() => fetch(origin));
  // The embeddings of the program's own documents are made after the start, and are not what is measured.
  await untilIdle(child.process.pid ?? 0);
  const keys: string[] = [];
  for (let n = 0; n < PAYERS; n++) keys.push(await createKey(origin, `bench-payer-${n}`));
  let asked = 0;
  return {
    server: 'Parley /v1, paid',
    child,
    next: () => ({
      url: `${origin}/v1/chat/completions`,
      headers: { authorization: `Bearer ${keys[asked++ % keys.length]}` },
    }),
  };
}

async function createKey(origin: string, username: string): Promise<string> {
  const post = async (route: string, body: object, token?: string) => {
    const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const response = await fetch(`${origin}${route}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { access_token: string; key: string };
  };
  const { access_token } = await post('/api/auth/register', { username, password: 'a horse that is measured' });
  return (await post('/api/api-keys', { name: 'bench' }, access_token)).key;
}

async function startPassThrough(upstream: string): Promise<Contender> {
  const child = await startChild([path.join(scripts, 'pass-through.ts'), upstream]);
  const next = () => ({ url: `${originOf(child)}/v1/chat/completions`, headers: {} });
  return { server: 'pass-through', child, next };
}

/** The folder of the npm gateway, where it was installed beside this program; it is no dependency. */
function findGateway(folder: string | undefined): string | null {
  if (folder !== undefined) return folder;
  try {
    const manifest = createRequire(path.join(process.cwd(), 'x.js')).resolve('@portkey-ai/gateway/package.json');
    return path.dirname(manifest);
  } catch {
    return null;
  }
}

async function startGateway(folder: string, upstream: string): Promise<Contender> {
  const script = path.join(folder, 'build/start-server.js');
  if (!existsSync(script)) throw new Error(`there is no gateway at ${folder}`);
  const port = await freePort();
  const child = await startChild([script, `--port=${port}`, '--headless'], { NODE_ENV: 'production' });
  const headers = {
    authorization: 'Bearer bench',
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `${upstream}/v1`,
  };
  const url = `http://127.0.0.1:${port}/v1/chat/completions`;
  await untilItWorks(() => fetch(`http://127.0.0.1:${port}`));
  return { server: '@portkey-ai/gateway', child, next: () => ({ url, headers }) };
}

/**
 * Answers of 200 tokens at `/v1`, with the key checked, money held and charged and the usage recorded for each, beside
 * the bare pass-through and, where it is installed, the gateway of npm, which does none of that.
 */
export async function benchV1(most: number, options: { gateway?: string | undefined } = {}) {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'parley-bench-'));
  const upstream = await startChild([path.join(scripts, 'upstream.ts')]);
  const gateway = findGateway(options.gateway);
  if (gateway === null) console.warn('@portkey-ai/gateway is not installed here: measured without it.');
  const contenders: Contender[] = [];
  let rows: Row[];
  try {
    contenders.push(await startPassThrough(originOf(upstream)));
    contenders.push(await startParley(originOf(upstream), dataDir));
    if (gateway !== null) contenders.push(await startGateway(gateway, originOf(upstream)));
    rows = await measure(contenders, most);
  } finally {
    for (const { child } of contenders) await child.stop();
    await upstream.stop();
    await rm(dataDir, { recursive: true, force: true });
  }

  const cpuOf = (server: string, { mode, concurrency }: Row) =>
    rows.find((row) => row.server === server && row.mode === mode && row.concurrency === concurrency)?.cpuMs;
  const ratio = (row: Row, server: string) => {
    const other = cpuOf(server, row);
    return other ? Number((row.cpuMs / other).toFixed(2)) : null;
  };
  return rows.map((row) => ({
    server: row.server,
    mode: row.mode,
    concurrency: row.concurrency,
    answers_per_second: Number(row.answersPerSecond.toFixed(1)),
    first_token_p50_ms: Number(row.firstTokenP50Ms.toFixed(1)),
    first_token_p95_ms: Number(row.firstTokenP95Ms.toFixed(1)),
    cpu_ms: Number(row.cpuMs.toFixed(2)),
    cpu_to_pass_through: ratio(row, 'pass-through'),
    cpu_to_gateway: ratio(row, '@portkey-ai/gateway'),
    memory_mb: row.memoryMb,
  }));
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      answers: { type: 'string', default: '2000' },
      gateway: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const figures = await benchV1(Number(values.answers), { gateway: values.gateway });
  if (values.json) console.log(JSON.stringify(figures));
  else console.table(figures);
}
