import type { Message, MessageSource } from '../messages/message.ts';

/** What whoever shows an answer sees of a turn. Exactly one `done`, after the messages are stored; a failure throws. */
export type TurnEvent =
  | { type: 'sources'; sources: MessageSource[] }
  | { type: 'delta'; text: string }
  | { type: 'done'; userMessage: Message; answer: Message };
