import { AppError } from '../../errors.ts';
import type { DocumentBlock, ParsedDocument } from '../document-block.ts';

const FIELDS = [
  ['question', 'answer'],
  ['q', 'a'],
  ['prompt', 'completion'],
] as const;

const EXPECTED =
  'JSON is read as questions and answers: a list of objects with "question" and "answer" (or "q" and "a", or ' +
  '"prompt" and "completion").';

/** Reads a list of question-answer pairs, or an object that has one such list. */
export function parseJson(text: string): ParsedDocument {
  const value = readJson(text, 'It is not valid JSON.');
  const list = Array.isArray(value) ? value : Object.values(value ?? {}).find(Array.isArray);
  if (!list || list.length === 0) throw new AppError('unreadable_document', EXPECTED);
  return toDocument(list.map((entry, n) => toPair(entry, `Entry ${n + 1}`)));
}

/** Reads one question-answer pair per line. */
export function parseJsonLines(text: string): ParsedDocument {
  const lines = text.split('\n').map((line, n) => ({ line: line.trim(), name: `Line ${n + 1}` }));
  const filled = lines.filter(({ line }) => line !== '');
  return toDocument(filled.map(({ line, name }) => toPair(readJson(line, `${name} is not valid JSON.`), name)));
}

/** Reads rows of named fields, as of a table, if every one of them is a question with its answer; otherwise null. */
export function findPairs(rows: Record<string, string>[]): ParsedDocument | null {
  const pairs = rows.map(findPair);
  return pairs.every((pair) => pair !== null) ? toDocument(pairs) : null;
}

interface Pair {
  question: string;
  answer: string;
}

function readJson(text: string, complaint: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('unreadable_document', complaint, { cause });
  }
}

function toPair(entry: unknown, name: string): Pair {
  const fields = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<string, unknown>;
  const pair = findPair(fields);
  if (pair) return pair;
  throw new AppError('unreadable_document', `${name} is not a question with an answer. ${EXPECTED}`);
}

function findPair(fields: Record<string, unknown>): Pair | null {
  for (const [ask, reply] of FIELDS) {
    const question = fields[ask];
    const answer = fields[reply];
    if (isText(question) && isText(answer)) return { question: question.trim(), answer: answer.trim() };
  }
  return null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function toDocument(pairs: Pair[]): ParsedDocument {
  const blocks = pairs.flatMap(({ question, answer }): DocumentBlock[] => [
    { type: 'heading', level: 2, text: question.replace(/\s+/g, ' '), anchor: null },
    { type: 'prose', text: answer },
  ]);
  return { title: null, url: null, blocks, keepSectionsApart: true };
}
