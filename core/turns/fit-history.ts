import { AppError } from '../errors.ts';
import { countTokens, countTokensRemembered, mostTokens } from '../models/count-tokens.ts';
import { IMAGE_TOKENS } from '../models/image-tokens.ts';
import type { ModelMessage, ModelRequest, Passage } from '../ports/chat-model.ts';
import type { OverheardMessage } from './overhearing.ts';

/** A question and its answer travel together or not at all. */
export interface HistoryPair {
  question: string;
  answer: string;
  /** Of both together, where the caller keeps them; counted here otherwise. */
  tokens?: number;
}

export interface FitOptions {
  /** Gives the system prompt for the passages and the overheard messages that fit. */
  createSystem(passages: Passage[], overheard: OverheardMessage[]): string;
  /** Oldest first. */
  history: HistoryPair[];
  question: { content: string; imageUrls?: string[] };
  /** Best first. */
  passages: Passage[];
  /** Oldest first. */
  overheard?: OverheardMessage[];
  /** Tokens of input and output together. */
  contextTokens: number;
  maxOutputTokens: number;
  /** However large the window: a long session has to stay cheap, and old small talk distracts. */
  maxHistoryTokens?: number;
}

type Count = (text: string) => number;

const MAX_HISTORY_TOKENS = 16_000;
const MAX_OVERHEARD_TOKENS = 8_000;
/** In a small window what others said leaves the rest of the free space to passages and the conversation. */
const OVERHEARD_SHARE = 0.4;
/** Around each overheard message, for its time and marks. */
const ENTRY_TOKENS = 20;
/** Around each message, for its role and separators. */
const MESSAGE_TOKENS = 4;
/** Of a window, for one picture: a server that has less room makes pictures smaller. */
const IMAGE_SHARE = 0.25;
/** Other vocabularies than the one we count with need more tokens for the same text. */
const SAFETY_SHARE = 0.05;
/** In a tiny window passages leave at least the rest of the free space to the conversation. */
const PASSAGE_SHARE = 0.75;

/**
 * Fits a conversation into the model's window: the question always, then the latest of what was overheard, then the best
 * passages, then the latest pairs of the history. In a window so small that the longest answer would take most of it, the answer gets half.
 * @throws AppError `model_context_overflow` when the question alone does not fit
 */
export function fitConversation(options: FitOptions): ModelRequest {
  const { question, contextTokens, maxHistoryTokens = MAX_HISTORY_TOKENS } = options;
  const maxOutputTokens = Math.min(options.maxOutputTokens, Math.floor(contextTokens / 2));
  const room = Math.floor(contextTokens * (1 - SAFETY_SHARE)) - maxOutputTokens;
  const count = chooseCount(options, room - maxHistoryTokens);

  const afterQuestion = room - tokensOfQuestion(options, count);
  const overheard = fitOverheard(options, afterQuestion, count);
  const passages = fitPassages({ ...options, overheard }, afterQuestion, count);
  const system = options.createSystem(passages, overheard);
  const afterSystem = afterQuestion - count(system) - MESSAGE_TOKENS;
  const pairs = takeLatest(options.history, Math.min(afterSystem, maxHistoryTokens), tokensOfPair);
  return { system, messages: [...pairs.flatMap(toMessages), toMessage(question)], passages, maxOutputTokens };
}

/** Where even the bound leaves room for the longest history, nothing else has to be counted. */
function chooseCount(options: FitOptions, room: number): Count {
  const { createSystem, passages, overheard = [] } = options;
  const most = mostTokens(createSystem(passages, overheard)) + MESSAGE_TOKENS + tokensOfQuestion(options, mostTokens);
  return most <= room ? mostTokens : countTokens;
}

/** The latest of what was overheard, without a gap. */
function fitOverheard({ createSystem, overheard = [] }: FitOptions, room: number, count: Count): OverheardMessage[] {
  if (overheard.length === 0) return overheard;
  const free = room - count(createSystem([], [])) - MESSAGE_TOKENS;
  return takeLatest(overheard, Math.min(MAX_OVERHEARD_TOKENS, Math.floor(free * OVERHEARD_SHARE)), tokensOfEntry);
}

/** Leaves out the worst passages until the system prompt fits beside the question. */
function fitPassages(options: FitOptions, room: number, count: Count): Passage[] {
  const { createSystem, history, passages, overheard = [] } = options;
  const bare = count(createSystem([], overheard)) + MESSAGE_TOKENS;
  if (bare > room) {
    throw new AppError(
      'model_context_overflow',
      'This message is too long for the language model. Please shorten it or split it in two.',
    );
  }
  const limit = history.length > 0 ? bare + Math.floor((room - bare) * PASSAGE_SHARE) : room;
  const fits = (kept: Passage[]) => count(createSystem(kept, overheard)) + MESSAGE_TOKENS <= limit;
  let kept = passages;
  while (kept.length > 0 && !fits(kept)) kept = kept.slice(0, -1);
  return kept;
}

/** The latest that fit, without a gap. */
function takeLatest<Item>(items: Item[], room: number, tokensOf: (item: Item, count: Count) => number): Item[] {
  if (sum(items.map((item) => tokensOf(item, mostTokens))) <= room) return items;
  let left = room;
  let from = items.length;
  for (const item of items.toReversed()) {
    left -= tokensOf(item, countTokensRemembered);
    if (left < 0) break;
    from -= 1;
  }
  return items.slice(from);
}

function tokensOfEntry({ authorName, text }: OverheardMessage, count: Count): number {
  return count(authorName) + count(text) + ENTRY_TOKENS;
}

function tokensOfPair({ question, answer, tokens }: HistoryPair, count: Count): number {
  return (tokens ?? count(question) + count(answer)) + 2 * MESSAGE_TOKENS;
}

function tokensOfQuestion({ question, contextTokens }: FitOptions, count: Count): number {
  const { content, imageUrls = [] } = question;
  const imageTokens = Math.min(IMAGE_TOKENS, Math.floor(contextTokens * IMAGE_SHARE));
  return count(content) + MESSAGE_TOKENS + imageUrls.length * imageTokens;
}

function toMessages({ question, answer }: HistoryPair): ModelMessage[] {
  return [
    { role: 'user', content: question },
    { role: 'assistant', content: answer },
  ];
}

function toMessage({ content, imageUrls = [] }: FitOptions['question']): ModelMessage {
  return imageUrls.length > 0 ? { role: 'user', content, imageUrls } : { role: 'user', content };
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
