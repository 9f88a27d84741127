import type { Viewer } from '../knowledge/audience.ts';
import type { Passage } from '../ports/chat-model.ts';

export interface ConversationTurn {
  role: 'user' | 'assistant';
  content: string;
}

export type RetrievalOutcome =
  /** Small talk: nothing was looked up. */
  | 'not_needed'
  /** The passages are good enough to answer from. */
  | 'found'
  /** Documents were searched, and they do not answer this. */
  | 'not_in_documents'
  /** The index could not be reached; the answer has to say that it goes without documents. */
  | 'unavailable';

export interface RetrievalResult {
  outcome: RetrievalOutcome;
  /** Best first, numbered from 1; empty unless `found`. */
  passages: Passage[];
  /** The best there was where it is `not_in_documents`: whoever reads it may find an answer in other words than asked. */
  doubtful?: Passage[];
  /** 0 to 1: how likely it is that the documents answer; 0 where nothing was looked up. */
  confidence: number;
}

export interface Retrieval {
  /**
   * Finds passages for the last turn, reading it in the light of those before.
   * Never throws but for an aborted signal: trouble with the index is the outcome `unavailable`.
   */
  retrieve(options: { turns: ConversationTurn[]; viewer: Viewer; signal: AbortSignal }): Promise<RetrievalResult>;
}
