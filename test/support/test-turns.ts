import type { Knex } from 'knex';
import { AppError } from '../../core/errors.ts';
import type { FinishReason } from '../../core/ports/chat-model.ts';
import { unobserved } from '../../core/ports/turn-observer.ts';
import { createSessions } from '../../core/sessions/sessions.ts';
import type { Answer, AnswerRequest } from '../../core/turns/answer-turn.ts';
import { createFinishTurn } from '../../core/turns/finish-turn.ts';
import type { IncomingMessage } from '../../core/turns/incoming-message.ts';
import type { TurnEvent } from '../../core/turns/turn-event.ts';
import { createTurnSignals, type TurnSignals } from '../../core/turns/turn-signals.ts';
import { createTurns } from '../../core/turns/turns.ts';
import { createUsers } from '../../core/users/users.ts';
import { createSilentLogger } from './silent-logger.ts';
import { createTestDatabase } from './test-database.ts';
import { createTestNotifications } from './test-notifications.ts';

export const systemClock = { now: () => new Date() };

/** An answer that a test writes by hand, when it wants to. */
export function createScriptedAnswer() {
  const calls: (AnswerRequest & {
    say(text: string): void;
    finish(finishReason?: FinishReason): void;
    fail(error: unknown, state?: 'failed' | 'interrupted'): void;
  })[] = [];
  const watchers: (() => void)[] = [];
  const answer: Answer = (request) =>
    new Promise((resolve) => {
      const ended = (state: 'complete' | 'interrupted' | 'failed', error: unknown, finishReason?: FinishReason) =>
        resolve({
          answer: {
            state,
            errorCode: error === null ? null : error instanceof AppError ? error.code : 'internal_error',
            content: state === 'failed' ? 'It did not work.' : request.live.text,
            sources: [],
            model: 'scripted',
            usage: { inputTokens: 1, outputTokens: 1 },
            finishReason,
          },
          error,
        });
      const stop = () => ended('interrupted', null);
      if (request.signal.aborted) stop();
      else request.signal.addEventListener('abort', stop, { once: true });
      calls.push({
        ...request,
        say: (text) => request.live.append(text),
        finish: (finishReason = 'stop') => ended('complete', null, finishReason),
        fail: (error, state = 'failed') => ended(state, error),
      });
      for (const watcher of watchers.splice(0)) watcher();
    });
  return {
    answer,
    calls,
    /** Resolves with the call of that index, once it has been made. */
    async call(index: number) {
      while (calls.length <= index) await new Promise<void>((resolve) => watchers.push(resolve));
      return calls[index]!;
    },
  };
}

export interface TestTurnsOptions {
  leaseMs?: number;
  database?: { db: Knex; url: string };
  answer?: Answer;
  /** Who hears what is sent on other channels has to say so first. */
  beforeStart?: (parts: { db: Knex } & Pick<TurnSignals, 'subscribe'>) => void;
}

/** The turn engine on a real database with answers written by hand. */
export async function createTestTurns(options: TestTurnsOptions = {}) {
  const own = options.database ? null : await createTestDatabase();
  const { db, url } = options.database ?? own!;
  const scripted = createScriptedAnswer();
  const logger = createSilentLogger();
  const signals = createTurnSignals({ db, notifications: createTestNotifications(url), logger });
  options.beforeStart?.({ db, subscribe: signals.subscribe });
  const turns = createTurns({
    db,
    clock: systemClock,
    logger,
    observer: unobserved,
    signals,
    answer: options.answer ?? scripted.answer,
    finish: createFinishTurn({ db, payments: { settle: async () => null }, accountUrl: '' }),
    leaseMs: options.leaseMs ?? 3000,
  });
  await turns.start();
  const users = createUsers({ db });
  const sessions = createSessions({ db, clock: systemClock });
  let isStopped = false;
  const stop = async () => {
    if (!isStopped) await turns.stop({ drainMs: 0 });
    isStopped = true;
  };
  return {
    db,
    url,
    turns,
    scripted,
    logger,
    stop,
    async createSession(): Promise<{ userId: string; sessionId: string }> {
      const user = await users.createVisitor();
      const session = await sessions.create({ userId: user.id, platform: 'web', space: null });
      return { userId: user.id, sessionId: session.id };
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await own?.[Symbol.asyncDispose]();
    },
  };
}

export function message(
  session: { userId: string; sessionId: string },
  text: string,
  more: Partial<IncomingMessage> = {},
): IncomingMessage {
  return { platform: 'web', eventId: null, text, place: { space: null, isPrivate: true }, ...session, ...more };
}

/** Follows a turn to its end and gives the text of its answer. */
export async function readAnswer(events: AsyncIterable<TurnEvent>): Promise<string> {
  let text = '';
  for await (const event of events) if (event.type === 'delta') text += event.text;
  return text;
}

export const never = new AbortController().signal;
