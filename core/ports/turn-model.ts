import type { ChatModel, Passage } from './chat-model.ts';
import type { VersionedPrice } from './model-price.ts';

/** Who pays for an answer: the operator, or its asker by an own key at a provider, a wallet, or the free allowance. */
export type Payer = 'operator' | 'own_key' | 'wallet' | 'free';

/** A model that may write an answer, and what its tokens cost; null where that is not known. */
export interface Writer {
  id: string;
  price: VersionedPrice | null;
}

/** The model that writes one answer. */
export interface TurnModel {
  model: ChatModel;
  /** Another model of the same server than the one `model` stands for. */
  upstreamModel?: string;
  payer: Payer;
  /** Why this one was chosen, in words for people; null when nothing was chosen. */
  reason: string | null;
  /**
   * Who may write it, the first choice first, where that is more than one or their prices are known already; looked up
   * in the catalogue by the model's name otherwise.
   */
  writers?: readonly Writer[];
  /** Which of them it is; may change until the first token. The first one when absent. */
  writer?(): Writer;
}

/** What can be known of an answer before it is written. */
export interface TurnModelRequest {
  turn: {
    id: string;
    /** Whose message it is; in a thread of several people, of the one who asked this. */
    userId: string;
    attempts: number;
    place: { space: string | null; isPrivate: boolean; model?: string };
  };
  question: string;
  imageUrls: readonly string[];
  /** Oldest first, without the question. */
  history: readonly { role: 'user' | 'assistant'; content: string }[];
  found: {
    outcome: 'not_needed' | 'found' | 'not_in_documents' | 'unavailable';
    passages: readonly Passage[];
    confidence: number;
  };
  signal: AbortSignal;
}

/** Chooses who writes an answer and who pays for it. What it throws as an AppError is the answer: why there is none. */
export type ChooseTurnModel = (request: TurnModelRequest) => Promise<TurnModel>;
