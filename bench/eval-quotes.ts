import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createBundledEmbedder } from '../core/adapters/bundled-embedder.ts';
import { createQuotingModel } from '../core/adapters/quoting-model.ts';
import { createKnowledge } from '../core/knowledge/knowledge.ts';
import { OWN_DOCUMENTS } from '../core/knowledge/source-location.ts';
import { createSafeFetch } from '../core/net/safe-fetch.ts';
import type { ModelRequest } from '../core/ports/chat-model.ts';
import { createChunkIndex } from '../core/retrieval/create-chunk-index.ts';
import { createRetrieval } from '../core/retrieval/create-retrieval.ts';
import type { Retrieval } from '../core/retrieval/retrieval.ts';
import { openSearchLab } from './search-lab.ts';

/** One line of a file of questions. */
const questionSchema = z.object({
  /** What was looked at while the quoting was made, and what was not. */
  half: z.enum(['fit', 'held']),
  question: z.string(),
  /** Patterns that a right answer has, all of them; null where the documents do not answer. */
  right: z.array(z.string()).nullable(),
  /** Patterns that a right answer has not. */
  wrong: z.array(z.string()).default([]),
});
type EvalQuestion = z.infer<typeof questionSchema>;

type Verdict = 'right' | 'wrong' | 'missed' | 'silent' | 'invented';

interface Judged {
  set: string;
  question: EvalQuestion;
  answer: string;
  verdict: Verdict;
  /** Whether the passages that were found have what a right answer needs. */
  wasFound: boolean;
  ms: number;
}

const DATA = path.join(import.meta.dirname, 'data', 'quotes');
const PROGRAM = path.join(import.meta.dirname, '..');
/** Each a collection of its own: Parley's documents, and the three folders of others. */
const COLLECTIONS = [
  { name: 'parley', set: 'Parley' },
  { name: 'handbook', set: 'others' },
  { name: 'wiki', set: 'others' },
  { name: 'faq', set: 'others' },
];
const VIEWER = { userId: randomUUID(), space: null, isPrivate: false };
const signal = new AbortController().signal;

const { values } = parseArgs({
  options: {
    /** Shows every answer that is not right. */
    show: { type: 'boolean', default: false },
    /** Only the questions of one half. */
    half: { type: 'string' },
    only: { type: 'string' },
    /** All collections in one index, as a team has them that keeps Parley's own documents beside its own. */
    together: { type: 'boolean', default: false },
  },
});

async function readQuestions(name: string): Promise<EvalQuestion[]> {
  const lines = (await readFile(path.join(DATA, `${name}.jsonl`), 'utf8')).split('\n').filter((line) => line.trim());
  return lines
    .map((line) => questionSchema.parse(JSON.parse(line)))
    .filter(({ half }) => values.half === undefined || half === values.half);
}

/** The product's own way from documents to passages, on a database that is thrown away. */
async function withRetrieval<T>(collections: string[], work: (retrieval: Retrieval) => Promise<T>): Promise<T> {
  const lab = await openSearchLab({ store: 'builtin', embedder: createBundledEmbedder });
  try {
    const chunkIndex = createChunkIndex(lab);
    await chunkIndex.start();
    const knowledge = createKnowledge({
      ...lab,
      chunkIndex,
      safeFetch: createSafeFetch({ allowPrivateHosts: [] }),
      clock: { now: () => new Date() },
      programFolder: PROGRAM,
    });
    for (const name of collections) {
      await knowledge.add({ location: name === 'parley' ? OWN_DOCUMENTS : path.join(DATA, name) });
    }
    await knowledge.sync();
    await chunkIndex.embedPending({ signal });
    const result = await work(createRetrieval({ ...lab, meaningPerSecond: Number.POSITIVE_INFINITY }));
    await chunkIndex.stop();
    return result;
  } finally {
    await lab.close();
  }
}

async function answer(retrieval: Retrieval, question: string) {
  const turns = [{ role: 'user' as const, content: question }];
  const found = await retrieval.retrieve({ turns, viewer: VIEWER, signal });
  const passages = found.doubtful ?? found.passages;
  const model = createQuotingModel();
  const asked: ModelRequest = {
    system: '',
    messages: turns,
    passages,
    outcome: found.outcome,
    confidence: found.confidence,
    maxOutputTokens: 1000,
  };
  const startedAt = performance.now();
  const request = model.quote?.(asked) ?? asked;
  let text = '';
  for await (const event of model.stream(request, { signal })) if (event.type === 'delta') text += event.text;
  const ms = performance.now() - startedAt;
  return { text, isAnswer: request.outcome === 'found', passages, ms };
}

async function judge(set: string, question: EvalQuestion, retrieval: Retrieval): Promise<Judged> {
  const { text, isAnswer, passages, ms } = await answer(retrieval, question.question);
  const has = (words: string, patterns: string[]) => patterns.map((pattern) => new RegExp(pattern).test(words));
  const found = passages.map((passage) => passage.text).join('\n');
  const said = text.replace(/^\*Quoted from the documents.*$/m, '');
  const right = question.right ?? [];
  const isRight = has(said, right).every(Boolean) && !has(said, question.wrong).some(Boolean);
  const verdict = () => {
    if (question.right === null) return isAnswer ? 'invented' : 'silent';
    if (!isAnswer) return 'missed';
    return isRight ? 'right' : 'wrong';
  };
  return { set, question, answer: text, verdict: verdict(), wasFound: has(found, right).every(Boolean), ms };
}

function report(name: string, judged: Judged[]): void {
  const count = (verdict: Verdict) => judged.filter((each) => each.verdict === verdict).length;
  const unanswerable = judged.filter(({ question }) => question.right === null).length;
  const answerable = judged.length - unanswerable;
  const share = (part: number, all: number) => `${((100 * part) / all).toFixed(1)} %`.padStart(7);
  const found = judged.filter(({ question, wasFound }) => question.right !== null && wasFound).length;
  const times = judged.map(({ ms }) => ms).sort((a, b) => a - b);
  console.log(
    `${name.padEnd(14)} right ${share(count('right'), answerable)} of ${answerable} (wrong ${count('wrong')}, not answered ${count('missed')}; found ${found})` +
      ` · answered though unanswerable ${share(count('invented'), unanswerable)} of ${unanswerable}` +
      ` · ${times[Math.floor(times.length / 2)]?.toFixed(1)} ms, at most ${times.at(-1)?.toFixed(1)}`,
  );
}

const judged: Judged[] = [];

const collections = COLLECTIONS.filter(({ name }) => values.only === undefined || name === values.only);
const groups = values.together ? [collections] : collections.map((collection) => [collection]);
for (const group of groups) {
  await withRetrieval(
    group.map(({ name }) => name),
    async (retrieval) => {
      for (const { name, set } of group) {
        for (const question of await readQuestions(name)) judged.push(await judge(set, question, retrieval));
      }
    },
  );
}
if (values.show) {
  for (const { verdict, question, answer, wasFound } of judged) {
    if (verdict === 'right' || verdict === 'silent') continue;
    console.log(
      `\n=== ${verdict}${question.right && !wasFound ? ', not among the passages' : ''}: ${question.question}`,
    );
    console.log(`    ${JSON.stringify(question.right)}\n${answer}`);
  }
}
for (const set of ['Parley', 'others']) {
  for (const half of ['fit', 'held'] as const) {
    const part = judged.filter((each) => each.set === set && each.question.half === half);
    if (part.length > 0) report(`${set}, ${half}`, part);
  }
  const all = judged.filter((each) => each.set === set);
  if (all.length > 0) report(set, all);
}
