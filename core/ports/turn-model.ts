import type { ChatModel, Passage } from './chat-model.ts';
import type { VersionedPrice } from './model-price.ts';

/** Who pays for an answer: the operator, or its asker by an own key at a provider, a wallet, or the free allowance. */
export type Payer = 'operator' | 'own_key' | 'wallet' | 'free';

/** Who wrote an answer in the end: not always the model that was asked first. */
export interface ServedModel {
  /** Its id in the catalogue, or its name at its server where the catalogue does not know it. */
  modelId: string;
  /** Null where it is not known. */
  price: VersionedPrice | null;
  /** Why it was this one, in words for people; null when nothing was chosen. */
  reason: string | null;
}

/** What the router took a question for, by which it learns from what becomes of the answer. */
export interface RoutedQuestion {
  kind: string;
  /** 0 to 100: how good a model it was thought to need, before anything was learned. */
  need: number;
}

/** The model that writes one answer. */
export interface TurnModel {
  model: ChatModel;
  /** Another model of the same server than the one `model` stands for. */
  upstreamModel?: string;
  payer: Payer;
  /** Why this one was chosen, in words for people; null when nothing was chosen. */
  reason: string | null;
  /** Of every model that may come to write it, because others are asked when the first one fails; null where unknown. */
  prices?: readonly (VersionedPrice | null)[];
  /** Who is writing it, or has written it; absent where only one can. */
  served?(): ServedModel;
  /** Absent where the model was fixed. */
  routed?: RoutedQuestion;
}

/** What somebody has set that decides who answers them. */
export interface AskerSettings {
  /** `auto` or an id of the catalogue; null for whatever the operator has chosen. */
  model: string | null;
  hasOwnKey: boolean;
}

/** What can be known of an answer before it is written. */
export interface TurnModelRequest {
  turn: {
    id: string;
    /** Whose message it is; in a thread of several people, of the one who asked this. */
    userId: string;
    asker: AskerSettings;
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
  /** What may be spent on it at most, where somebody pays: models without a known price are no choice then. */
  budgetMicros?: number;
  signal: AbortSignal;
}

/** Chooses who writes an answer and who pays for it. What it throws as an AppError is the answer: why there is none. */
export type ChooseTurnModel = (request: TurnModelRequest) => Promise<TurnModel>;
