import { AppError } from '../errors.ts';
import type { createMessagesRepository } from '../messages/messages-repository.ts';
import type { createContinuationsRepository } from './continuations-repository.ts';
import type { AcceptedTurn, IncomingMessage, Place } from './incoming-message.ts';
import type { createTurnsRepository } from './turns-repository.ts';

export interface RetryOptions {
  rows: ReturnType<typeof createTurnsRepository>;
  messages: ReturnType<typeof createMessagesRepository>;
  continuations: Pick<ReturnType<typeof createContinuationsRepository>, 'isGoingOn'>;
  accept(incoming: IncomingMessage, replacesTurnId: string): Promise<AcceptedTurn>;
}

export interface RetriedTurn {
  turnId: string;
  /** Who asks for it: only the one who asked the question may. */
  userId: string;
  /** The platform's id for the press of the button. */
  eventId: string | null;
  place: Place;
  /** Where the new answer is to be shown. */
  delivery?: unknown;
}

/** Answers a question once more, in a new turn at the end of its session; the old question and answer are removed. */
export function createRetry({ rows, messages, continuations, accept }: RetryOptions) {
  return async ({ turnId, userId, eventId, place, delivery }: RetriedTurn): Promise<AcceptedTurn> => {
    const turn = await rows.findCurrent(turnId);
    if (!turn) throw new AppError('message_not_found', 'There is no such question. It may have been deleted.');
    const earlier = eventId === null ? null : await rows.findByEvent(turn.platform, eventId);
    if (earlier) return { turnId: earlier.id, isDuplicate: true };
    if (turn.userId !== userId) {
      throw new AppError('forbidden', 'Only the person who asked can have this answered again.');
    }
    if (turn.state === 'queued' || turn.state === 'running') {
      throw new AppError('conflict', 'This is still being answered. Stop it first, or wait for the answer.');
    }
    const [question, answer] = await messages.listOfTurn(turn.id);
    if (answer && (await continuations.isGoingOn(answer.id))) {
      throw new AppError('conflict', 'This is still being answered. Stop it first, or wait for the answer.');
    }
    if (question?.role !== 'user') {
      throw new AppError('message_not_found', 'This has been answered again already, or was deleted.');
    }
    return accept(
      {
        platform: turn.platform,
        eventId,
        userId,
        sessionId: turn.sessionId,
        authorName: question.authorName ?? undefined,
        text: question.content,
        imageUrls: question.imageUrls,
        place: { ...place, carriesUpTo: turn.place.carriesUpTo },
        delivery,
      },
      turn.id,
    );
  };
}
