import type { Message, MessageSource } from '../messages/message.ts';

/**
 * What whoever shows an answer sees of a turn. Exactly one `done`, after the messages are stored; a failure throws.
 * Notices are for the asker, beside the answer: that the balance runs low, for example.
 */
export type TurnEvent =
  | { type: 'sources'; sources: MessageSource[] }
  | { type: 'delta'; text: string }
  | { type: 'done'; userMessage: Message; answer: Message; notices?: string[] };
