import { AppError } from '../errors.ts';
import type { Message } from '../messages/message.ts';
import type { Answer } from './answer-turn.ts';
import type { Turn } from './turns-repository.ts';

/** Told to those who are watching an answer that another process will write. */
export function restarting(): AppError {
  return new AppError('shutting_down', 'Parley is restarting and will answer in a moment. Reload to see the answer.', {
    retryAfterSeconds: 5,
  });
}

/** Told to those who are watching an answer that another process has taken over. */
export function continuedElsewhere(): AppError {
  return new AppError('conflict', 'This answer was continued elsewhere. Reload to see it.');
}

/** Told to those who are waiting for an answer, in line or for its end, in a chat that has been deleted. */
export function deletedMeanwhile(): AppError {
  return new AppError('message_not_found', 'This message has been deleted.');
}

/** The answer of a turn that nobody is to try again. */
export function abandoned(): Awaited<ReturnType<Answer>> {
  const error = new AppError('turn_abandoned', 'This could not be answered after several tries. Please ask again.');
  return {
    answer: { state: 'failed', errorCode: error.code, content: error.message, sources: [], model: null, usage: null },
    error,
  };
}

/** A question deleted while its answer was being written: there is nothing left to answer. */
export function deletedQuestion(turn: Turn): Message {
  return {
    id: turn.id,
    sessionId: turn.sessionId,
    turnId: turn.id,
    role: 'user',
    authorName: null,
    content: '',
    imageUrl: null,
    imageUrls: [],
    status: 'complete',
    sources: [],
    model: null,
    modelReason: null,
    usage: null,
    finishReason: null,
    createdAt: turn.createdAt,
  };
}
