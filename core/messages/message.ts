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
  createdAt: Date;
}
