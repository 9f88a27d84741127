import { AppError } from '../errors.ts';
import type { Continued, createContinuationsRepository, NewContinuation } from './continuations-repository.ts';

/**
 * Goes on with an answer that met its length limit: what is written then extends the same stored answer. It is a turn
 * of its own, held and settled as any other. Following it gives the answer so far as its first text, so that whoever
 * shows answers shows the whole.
 * @throws AppError `message_not_found`, `forbidden`, `conflict`
 */
export async function beginToContinue(
  continuations: Pick<ReturnType<typeof createContinuationsRepository>, 'begin'>,
  asked: NewContinuation,
): Promise<Extract<Continued, { outcome: 'accepted' | 'joined' }>> {
  const continued = await continuations.begin(asked);
  switch (continued.outcome) {
    case 'message_not_found':
      throw new AppError('message_not_found', 'There is no such answer. It may have been deleted.');
    case 'not_the_asker':
      throw new AppError('forbidden', 'Only the person who asked can have this answer go on.');
    case 'not_cut':
      throw new AppError('conflict', 'This answer was not cut by its length limit: there is nothing to go on with.');
    default:
      return continued;
  }
}
