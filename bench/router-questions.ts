import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { type QuestionFeatures, toFeatures } from '../core/routing/question-features.ts';

const count = z.coerce.number().int().min(0);
const rowSchema = z.object({
  split: z.enum(['fit', 'held_out']),
  needed_quality: count,
  outcome: z.enum(['not_needed', 'found', 'not_in_documents']),
  confidence: z.coerce.number().min(0).max(1),
  images: count,
  history_turns: count,
  input_tokens: count,
  output_tokens: count,
  question: z.string().min(1),
});

export interface LabelledQuestion {
  /** Whether the coefficients may be fitted to it. */
  split: 'fit' | 'held_out';
  question: string;
  /** What its author thinks the least quality with which a careful reader would be content. */
  needed: number;
  features: QuestionFeatures;
  inputTokens: number;
  outputTokens: number;
  images: number;
}

/** The labelled questions of bench/data; docs/routing.md says where they come from. */
export async function readLabelledQuestions(): Promise<LabelledQuestion[]> {
  const text = await readFile(new URL('data/router-questions.csv', import.meta.url), 'utf8');
  return z
    .array(rowSchema)
    .parse(parse(text, { columns: true }))
    .map((row) => ({
      split: row.split,
      question: row.question,
      needed: row.needed_quality,
      features: toFeatures({ ...row, historyTurns: row.history_turns }),
      inputTokens: row.input_tokens,
      outputTokens: row.output_tokens,
      images: row.images,
    }));
}
