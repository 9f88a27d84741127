import type { FinishReason } from '../ports/chat-model.ts';

/** A numbered passage an answer may point to with `[n]`. */
export interface MessageSource {
  n: number;
  title: string;
  url: string | null;
  snippet: string;
  /** 0 to 1. */
  score: number;
}

export type MessageStatus = 'complete' | 'interrupted' | 'failed';

export interface Message {
  id: string;
  sessionId: string;
  turnId: string;
  role: 'user' | 'assistant';
  /** Who said it, where several people talk in one session. */
  authorName: string | null;
  content: string;
  imageUrl: string | null;
  /** All images, the one of `imageUrl` first. */
  imageUrls: string[];
  status: MessageStatus;
  sources: MessageSource[];
  model: string | null;
  /** Why it was this model, in words for people; null where nothing was chosen. */
  modelReason: string | null;
  usage: { inputTokens: number; outputTokens: number } | null;
  /** Why the model stopped writing; null where it did not come to an end, or did not say. */
  finishReason: FinishReason | null;
  createdAt: Date;
}

/** Whether an answer met its length limit before it was whole, and can go on: see `turns.continueAnswer`. */
export function isCut({ role, status, finishReason }: Pick<Message, 'role' | 'status' | 'finishReason'>): boolean {
  return role === 'assistant' && status !== 'failed' && finishReason === 'length';
}
