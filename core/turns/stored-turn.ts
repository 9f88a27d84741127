import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, ERROR_CODES } from '../errors.ts';
import type { createMessagesRepository } from '../messages/messages-repository.ts';
import { SupersededError } from './superseded.ts';
import type { TurnEvent } from './turn-event.ts';
import type { createTurnsRepository, Turn } from './turns-repository.ts';

interface StoredTurnOptions {
  turns: ReturnType<typeof createTurnsRepository>;
  messages: ReturnType<typeof createMessagesRepository>;
  /** Nothing of a cut answer that the turn goes on with; what that was extended by is in its end. */
  onlyNew?: boolean | undefined;
  signal: AbortSignal;
}

const POLL_MS = 250;

/**
 * Gives the events of a turn that another process answers or that has ended: it waits, then shows what was stored, and
 * fails as it failed for those who were watching.
 */
export async function* followStoredTurn(turnId: string, options: StoredTurnOptions): AsyncGenerator<TurnEvent> {
  const turn = await waitForEnd(turnId, options);
  if (turn.continuesMessageId !== null && turn.state === 'failed') {
    throw toError(turn.errorCode, 'This answer could not go on. Please try again.');
  }
  const answeredBy = await findAnsweringTurn(turn, options);
  const [userMessage, answer] = answeredBy === null ? [] : await options.messages.listOfTurn(answeredBy);
  if (!userMessage || !answer) throw new AppError('message_not_found', 'This message has been deleted.');
  if (turn.state === 'failed') throw toError(turn.errorCode, answer.content);
  if (answer.sources.length > 0) yield { type: 'sources', sources: answer.sources };
  if (answer.content !== '' && !(turn.continuesMessageId !== null && options.onlyNew))
    yield { type: 'delta', text: answer.content };
  if (turn.errorCode !== null) throw toError(turn.errorCode, 'The answer broke off. Please try again.');
  yield { type: 'done', userMessage, answer, notices: turn.notices };
}

/** By which the messages are found: of an answer that went on, the turn that began it. */
async function findAnsweringTurn(turn: Turn, { messages }: StoredTurnOptions): Promise<string | null> {
  if (turn.continuesMessageId === null) return turn.id;
  return (await messages.find(turn.continuesMessageId))?.turnId ?? null;
}

async function waitForEnd(turnId: string, { turns, signal }: StoredTurnOptions): Promise<Turn> {
  for (;;) {
    const turn = await turns.find(turnId);
    if (!turn) throw new AppError('message_not_found', 'This message has been deleted.');
    if (turn.supersededBy !== null) throw new SupersededError(turn.supersededBy);
    if (turn.state !== 'queued' && turn.state !== 'running') return turn;
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** A code that is none of ours stands for a bug, and is one for whoever reads it later, too. */
function toError(code: string | null, message: string): Error {
  const known = ERROR_CODES.find((one) => one === code);
  return known ? new AppError(known, message) : new Error(`A turn failed unexpectedly: ${code}.`);
}
