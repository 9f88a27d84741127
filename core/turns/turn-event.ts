import type { Message, MessageSource } from '../messages/message.ts';

/**
 * The question was edited while its answer was being shown: all that was shown of it is void, and what follows is the
 * answer to the new words, to be shown in the same place. Follow-up ids (buttons, deliveries) are those of `turnId`
 * from here on; what still carries the old one works, too.
 */
export interface TurnRestart {
  type: 'restart';
  turnId: string;
}

/**
 * What whoever shows an answer sees of a turn. Exactly one `done`, after the messages are stored; a failure throws.
 * Notices are for the asker, beside the answer: that the balance runs low, for example.
 */
export type TurnEvent =
  | TurnRestart
  /** All that were found, so that `[n]` can be shown at once; those it cites are the answer's. */
  | { type: 'sources'; sources: MessageSource[] }
  | { type: 'delta'; text: string }
  | { type: 'done'; userMessage: Message; answer: Message; notices?: string[] };
