import type { LitElement } from 'lit';
import type { createAnnouncer } from './announcer.ts';
import type { Conversation } from './conversation.ts';

/** A chat with what is shown of it. It is not its element's: see `createKeptChats`. */
export interface KeptChat {
  conversation: Conversation;
  announcer: ReturnType<typeof createAnnouncer>;
  hasResumed: boolean;
  isOpen: boolean;
  /** The element that shows it now. */
  host: LitElement | null;
}

/**
 * Chats whose elements are on no page at the moment. Turbo, htmx and routers take an element away and put another one
 * like it on the next page, or the same one somewhere else: it goes on with the chat, its draft and the answer that
 * is being written.
 */
export function createKeptChats<Chat>() {
  const kept = new Map<string, Chat[]>();
  return {
    /** @param key whose chat with whom it is */
    put: (key: string, chat: Chat) => void kept.set(key, [...(kept.get(key) ?? []), chat]),
    /** The one that was put there first. */
    take: (key: string): Chat | undefined => kept.get(key)?.shift(),
  };
}
