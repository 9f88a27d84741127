import type { TokenUsage } from './chat-model.ts';

/**
 * Told what happens during turns, so that someone can count it. Called in the hot path: returns at once, never
 * throws, and gets numbers and ids only, never text.
 */
export interface TurnObserver {
  /** A turn ended. `outcome` is how its answer ended; `ms` counts from its arrival, waiting in line included. */
  turnFinished(turn: { platform: string; outcome: 'complete' | 'interrupted' | 'failed'; ms: number }): void;
  /** The first text of an answer left for the asker, `ms` after the message arrived. */
  firstToken(ms: number): void;
  /** Retrieval ended, one way or another. */
  retrieved(ms: number, outcome: 'not_needed' | 'found' | 'not_in_documents' | 'unavailable'): void;
  /** The model ended; `usage` is null where it failed before anything could be counted. */
  modelFinished(ms: number, usage: TokenUsage | null): void;
}

/** For tests and commands that watch nothing. */
export const unobserved: TurnObserver = {
  turnFinished: () => {},
  firstToken: () => {},
  retrieved: () => {},
  modelFinished: () => {},
};
