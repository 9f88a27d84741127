/** Tokens one call spent, as the server reported them or, where it did not, as counted here. */
export interface TokenUsage {
  inputTokens: number;
  outputTokens: number;
  /** Of the input, what the server remembered from an earlier request; where it says so. */
  cachedInputTokens?: number;
  /** Of the input, what the server put away to remember it; where it says so. */
  cacheWriteTokens?: number;
}

/** A piece of a document that retrieval found; `n` is the number an answer cites it by, from 1. */
export interface Passage {
  n: number;
  chunkId: string;
  title: string;
  /** Headings above the passage inside its document, outermost first. */
  headings: string[];
  /** Where a person can read it, with an anchor where the format has one; null for text that has no address. */
  url: string | null;
  text: string;
  /** 0 to 1; comparable only within one retrieval. */
  score: number;
  /** Markdown that shows of the passage what answers the question; set by a model that quotes. */
  quote?: string;
}

export interface ModelMessage {
  role: 'user' | 'assistant';
  content: string;
  imageUrls?: string[];
}

export interface ModelRequest {
  /** The whole system prompt, passages included as fenced data. */
  system: string;
  /** Oldest first; the last one is the question. */
  messages: ModelMessage[];
  /** The same passages as in `system`, for models that quote instead of writing. */
  passages: Passage[];
  /** Why there are no passages, where there are none; a model that quotes says it, the others read it in `system`. */
  outcome?: 'not_needed' | 'found' | 'not_in_documents' | 'unavailable';
  /** 0 to 1: how likely retrieval thinks it that the passages answer; for models that quote. */
  confidence?: number;
  maxOutputTokens: number;
  /** Another model of the same server than the one configured. */
  model?: string;
}

/** Why a model stopped writing: it was done, it met the limit of its answer, or a filter of its server ended it. */
export type FinishReason = 'stop' | 'length' | 'content_filter';

export type ModelEvent =
  | { type: 'delta'; text: string }
  | { type: 'finish'; reason: FinishReason; model: string; usage: TokenUsage };

export interface StreamOptions {
  signal: AbortSignal;
  /** How often it is tried again before its first text; as often as the model thinks right when absent. */
  maxRetries?: number;
}

/**
 * Writes answers. The stream ends with exactly one `finish`; anything else that ends it is an AppError with a
 * `model_*` code. Leaving the loop or aborting the signal stops the upstream call.
 */
export interface ChatModel {
  readonly name: string;
  /** Tokens of input and output together that one call may use. */
  readonly contextTokens: number;
  readonly maxOutputTokens: number;
  /** Set where nobody has to pay for what it writes. */
  readonly costsNothing?: true;
  /**
   * Set for a model that copies out instead of writing: what it will show of the passages, those it shows nothing of left
   * out and the rest numbered anew; `not_in_documents` where none of them answers. Asked before anything is shown, so
   * that the sources of an answer are those that it quotes. Passages that retrieval doubted are welcome.
   */
  quote?(request: ModelRequest): ModelRequest;
  stream(request: ModelRequest, options: StreamOptions): AsyncIterable<ModelEvent>;
  /** Throws an AppError when the model cannot be used as configured; spends as little as possible. */
  check(): Promise<void>;
}
