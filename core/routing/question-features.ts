import { STOP_WORDS } from '../retrieval/stop-words.ts';
import { tokenize } from '../retrieval/tokenize.ts';
import {
  CODE_BLOCK,
  CODE_WORDS,
  EXPERT_WORDS,
  HARD_MATH,
  LONG_WRITING,
  LOOKUP,
  MATH_SIGNS,
  MATH_WORDS,
  STEP_WORDS,
  THINKING,
  WRITING,
} from './question-words.ts';

/** What the router looks at, each from 0 to 1. */
export interface QuestionFeatures {
  /** Grows with the logarithm of the length: the second hundred characters say more than the tenth. */
  length: number;
  code: number;
  mathematics: number;
  /** How much is asked for at once. */
  steps: number;
  /** Words that ask for judgement: compare, design, prove, why. */
  thinking: number;
  /** Law, health, money and the corners of programming where nearly right is wrong. */
  expertise: number;
  /** Text to be written rather than a question to be answered. */
  writing: number;
  /** A short question for one fact. */
  lookup: number;
  /** Another language than English, or what cannot be told. */
  otherLanguage: number;
  images: number;
  smallTalk: number;
  /** How likely the documents answer it. */
  evidence: number;
  history: number;
}

export interface AskedQuestion {
  question: string;
  images: number;
  outcome: 'not_needed' | 'found' | 'not_in_documents' | 'unavailable';
  /** Of the retrieval, 0 to 1. */
  confidence: number;
  /** Questions and answers before this one. */
  historyTurns: number;
}

/** More of a long text changes nothing but the time it takes. */
const READ_CHARACTERS = 6000;

/** A longer one says something, whatever it was taken for. */
const MOST_COURTEOUS_WORDS = 12;

/** Reads off a question what it asks for. Cheap: some thousand characters take a fraction of a millisecond. */
export function toFeatures(asked: AskedQuestion): QuestionFeatures {
  const text = asked.question.slice(0, READ_CHARACTERS);
  const words = tokenize(text);
  const thinking = count(text, THINKING);
  const steps = count(text, STEP_WORDS) + Math.max(0, count(text, /[?？]/g) - 1) + count(text, /[,;，、]/g) / 3;
  return {
    length: Math.min(1, Math.log2(1 + text.length / 40) / 6),
    code: CODE_BLOCK.test(text) ? 1 : Math.min(1, count(text, CODE_WORDS) * 0.4),
    mathematics: toMathematics(text),
    steps: Math.min(1, steps / 4),
    thinking: Math.min(1, thinking / 3),
    expertise: Math.min(1, count(text, EXPERT_WORDS) / 2),
    writing: count(text, WRITING) === 0 ? 0 : LONG_WRITING.test(text) ? 1 : 0.5,
    lookup: LOOKUP.test(text) && words.length <= 12 && thinking === 0 ? 1 : 0,
    otherLanguage: isEnglish(text, words) ? 0 : 1,
    images: asked.images > 0 ? 1 : 0,
    smallTalk: asked.outcome === 'not_needed' && words.length <= MOST_COURTEOUS_WORDS ? 1 : 0,
    evidence: asked.outcome === 'found' ? Math.min(1, Math.max(0, asked.confidence)) : 0,
    history: Math.min(1, asked.historyTurns / 8),
  };
}

function toMathematics(text: string): number {
  const signs = MATH_SIGNS.test(text) ? 0.4 : 0;
  return Math.min(1, signs + count(text, MATH_WORDS) * 0.3 + count(text, HARD_MATH) * 0.6);
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/** The commonest words of a language tell it best; names, code and single words are taken for English. */
function isEnglish(text: string, words: string[]): boolean {
  if ((text.match(/[^\p{Script=Latin}\P{L}]/gu)?.length ?? 0) > text.length / 4) return false;
  const share = (common: ReadonlySet<string>) => words.filter((word) => common.has(word)).length;
  const english = share(STOP_WORDS.en ?? new Set());
  return Object.entries(STOP_WORDS).every(([language, common]) => language === 'en' || share(common) <= english);
}
