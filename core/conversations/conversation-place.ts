import type { Platform } from '../users/platform.ts';

/** Where on a chat platform people talk with the assistant. */
export interface ConversationPlace {
  platform: Platform;
  /** `discord:<guild>`, `slack:<team>`, `twitch:<channel>`; null when it belongs to none. */
  space: string | null;
  kind: 'dm' | 'thread' | 'channel';
  /** The DM's, thread's or channel's id on the platform. */
  id: string;
  /** Only the asker reads along. */
  isPrivate: boolean;
}
