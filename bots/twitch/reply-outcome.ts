import type { App } from '../../core/app.ts';
import { AppError } from '../../core/errors.ts';
import { isCut, type Message } from '../../core/messages/message.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { TurnEvent } from '../../core/turns/turn-event.ts';
import { errorSentence } from '../shared/error-sentence.ts';
import { toAnswerText } from './answer-text.ts';
import { cutText, MOST_CHARACTERS, toChatLine } from './chat-text.ts';
import { HandedOverError, isHandedOver } from './handed-over.ts';

/** What is to be said, and the answer that it is taken from. */
export interface Outcome {
  text: string;
  answerId?: string;
}

interface ReplyOutcomesOptions {
  app: App;
  /** Without a slash at its end. */
  publicUrl: string;
  logger: Logger;
}

/** There is no button in a chat: whoever wants the rest asks for it, in the same chat. */
const CUT = '(cut at its length limit; "!ask go on" for more)';

/** What is said of a turn in one chat message. */
export function createReplyOutcomes({ app, publicUrl, logger }: ReplyOutcomesOptions) {
  /** Null for nothing, as when its question was deleted. */
  async function toOutcome(
    turnId: string,
    events: AsyncIterable<TurnEvent>,
    { signal }: { signal: AbortSignal },
  ): Promise<Outcome | null> {
    let written = '';
    try {
      for await (const event of events) {
        if (event.type === 'delta') written += event.text;
        if (event.type === 'restart') written = '';
        if (event.type !== 'done') continue;
        const { answer } = event;
        const isEmpty = answer.status === 'interrupted' && answer.content.trim() === '';
        if (isEmpty) return { text: 'Stopped.' };
        return { text: await toText(answer, isCut(answer) ? CUT : ''), answerId: answer.id };
      }
      throw new HandedOverError('the turn had no end');
    } catch (error) {
      if (signal.aborted || error instanceof HandedOverError) throw error;
      if (isHandedOver(error)) throw new HandedOverError('the turn goes on elsewhere', { cause: error });
      if (error instanceof AppError && error.code === 'message_not_found') return null;
      logger.warn({ turnId, err: error }, 'a turn failed; the asker is told');
      const sentence = errorSentence(error, { turnId });
      if (written.trim() === '') return { text: cutText(toChatLine(sentence), MOST_CHARACTERS) };
      return { text: await toText({ id: null, content: written, sources: [] }, sentence) };
    }
  }

  function toText(
    answer: Pick<Message, 'content' | 'sources'> & { id: string | null },
    ending: string,
  ): Promise<string> {
    return toAnswerText(answer, { ending, share: async () => (answer.id === null ? '' : linkTo(answer.id)) });
  }

  async function linkTo(answerId: string): Promise<string> {
    return `${publicUrl}/a/${await app.sharedAnswers.share(answerId)}`;
  }

  return { toOutcome, linkTo };
}
