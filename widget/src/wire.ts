import type { RATINGS } from '../../core/messages/feedback.ts';
import type { MessageSource, MessageStatus } from '../../core/messages/message.ts';
import type { Platform } from '../../core/users/platform.ts';

/** What the server sends, as documented at `/docs`; only the fields that the widget reads. */
export interface WireMessage {
  id: string;
  role: 'user' | 'assistant';
  content: string;
  status: MessageStatus;
  cut?: true;
  sources: MessageSource[];
}

export interface WireSession {
  id: string;
  title: string;
  platform: Platform;
  updated_at: string;
  message_count: number;
}

export interface WireVisitor {
  access_token: string;
  expires_at: string;
}

/** The data of every kind of frame of an answer; which fields are there follows from the event's name. */
export interface WireFrame {
  sources: MessageSource[];
  text: string;
  user_message: WireMessage;
  ai_response: WireMessage;
  error: { code: string; message: string };
}

export interface WirePage<Item> {
  items: Item[];
  next_cursor: string | null;
}

export type Rating = (typeof RATINGS)[number];

export type Source = MessageSource;
