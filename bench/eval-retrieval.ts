import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createBundledEmbedder } from '../core/adapters/bundled-embedder.ts';
import { createChunkIndex } from '../core/retrieval/create-chunk-index.ts';
import { createRetrieval, type SearchableRetrieval } from '../core/retrieval/create-retrieval.ts';
import { auroc, mean, ndcgAt, recallAt } from './eval-metrics.ts';
import { fillDocuments, openSearchLab, type StoreName } from './search-lab.ts';

const passageSchema = z.object({ id: z.string(), title: z.string().default(''), text: z.string() });
const questionSchema = z.object({
  turns: z.array(z.object({ role: z.enum(['user', 'assistant']), content: z.string() })).min(1),
  relevant: z.array(z.string()),
  answerability: z.string(),
});
type EvalQuestion = z.infer<typeof questionSchema>;

const VIEWER = { userId: randomUUID(), space: null, isPrivate: false };
const RANKED = 10;

async function readLines<T>(file: string, schema: z.ZodType<T>): Promise<T[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => schema.parse(JSON.parse(line)));
}

interface Answered {
  question: EvalQuestion;
  ranked: string[];
  confidence: number;
}

async function answerAll(
  retrieval: SearchableRetrieval,
  questions: EvalQuestion[],
  passageOf: Map<string, string>,
): Promise<Answered[]> {
  const { signal } = new AbortController();
  const answered: Answered[] = [];
  for (const question of questions) {
    const { chunks, confidence } = await retrieval.search({ turns: question.turns, viewer: VIEWER, signal });
    // A passage longer than a chunk is found by any of its chunks; the best one counts.
    const ranked = [...new Set(chunks.map((chunk) => passageOf.get(chunk.documentId) ?? ''))].slice(0, RANKED);
    answered.push({ question, ranked, confidence });
  }
  return answered;
}

function measure(answered: Answered[], seconds: number) {
  const withRelevant = answered.filter(({ question }) => question.relevant.length > 0);
  const average = (figure: (ranked: string[], relevant: Set<string>) => number) =>
    mean(withRelevant.map(({ question, ranked }) => figure(ranked, new Set(question.relevant))));
  const confidences = (answerability: string) =>
    answered.filter(({ question }) => question.answerability === answerability).map(({ confidence }) => confidence);
  return {
    recall_at_5: average((ranked, relevant) => recallAt(5, ranked, relevant)),
    recall_at_10: average((ranked, relevant) => recallAt(10, ranked, relevant)),
    ndcg_at_5: average((ranked, relevant) => ndcgAt(5, ranked, relevant)),
    auroc_answerable: auroc(confidences('ANSWERABLE'), confidences('UNANSWERABLE')),
    queries_per_second: answered.length / seconds,
  };
}

const { values } = parseArgs({
  options: {
    passages: { type: 'string' },
    questions: { type: 'string' },
    store: { type: 'string', default: 'builtin' },
    json: { type: 'boolean', default: false },
  },
});
if (!values.passages || !values.questions || !['builtin', 'qdrant'].includes(values.store)) {
  console.error('Usage: npm run eval -- --passages FILE --questions FILE [--store builtin|qdrant] [--json]');
  console.error('With --store qdrant, QDRANT_URL and QDRANT_API_KEY say where it is.');
  process.exit(64);
}

const passages = await readLines(values.passages, passageSchema);
const questions = await readLines(values.questions, questionSchema);
const lab = await openSearchLab({ store: values.store as StoreName, embedder: createBundledEmbedder });
try {
  const index = createChunkIndex(lab);
  await index.start();
  const passageOf = await fillDocuments(lab.db, index, passages);
  await index.embedPending({
    signal: new AbortController().signal,
    onProgress: ({ done, total }) => {
      if (process.stderr.isTTY) process.stderr.write(`\rembedded ${done} of ${total} passages `);
    },
  });
  if (process.stderr.isTTY) process.stderr.write('\n');

  const startedAt = performance.now();
  const answered = await answerAll(
    createRetrieval({ ...lab, meaningPerSecond: Number.POSITIVE_INFINITY }),
    questions,
    passageOf,
  );
  const figures = measure(answered, (performance.now() - startedAt) / 1000);
  if (values.json) console.log(JSON.stringify(figures));
  else for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(20)} ${value.toFixed(4)}`);
  await index.stop();
} finally {
  await lab.close();
}
