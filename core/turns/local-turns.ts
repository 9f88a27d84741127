import type { Message } from '../messages/message.ts';
import { createLiveTurn, type LiveTurn } from './live-turn.ts';
import type { TurnToAnswer } from './turns-repository.ts';

/** Why a running turn was told to end. */
export type StopReason =
  /** The asker left or pressed Stop, or the question was edited: what was written so far is the answer, if it is kept. */
  | 'stopped'
  /** This process is ending: another one is to answer from the start. */
  | 'released';

/** A turn that this process answers, or has waiting in line. */
export interface LocalTurn {
  turn: TurnToAnswer;
  userMessage: Message;
  live: LiveTurn;
  /** The cut answer that it goes on with; empty for a turn that answers a question. */
  cutText: string;
  abort: AbortController;
  /** Whether to go on when nobody is watching: somebody may come back for it. */
  isKept: boolean;
  /** Null while it waits in line. */
  run: Promise<void> | null;
}

export type LocalTurns = ReturnType<typeof createLocalTurns>;

const FASTEST_WAKE_MS = 30;
const SLOWEST_WAKE_MS = 100;

export function createLocalTurns() {
  const turns = new Map<string, LocalTurn>();

  /** Smooth for a few readers; under load a little coarser, so that everybody's text keeps coming. */
  const wakeMs = () => Math.min(SLOWEST_WAKE_MS, Math.max(FASTEST_WAKE_MS, turns.size / 2));

  return {
    get: (turnId: string): LocalTurn | undefined => turns.get(turnId),
    remove: (turnId: string): boolean => turns.delete(turnId),
    clear: () => turns.clear(),
    all: (): LocalTurn[] => [...turns.values()],
    waiting: (): LocalTurn[] => [...turns.values()].filter((mine) => mine.run === null),
    isRunningIn: (sessionId: string): boolean =>
      [...turns.values()].some((mine) => mine.run !== null && mine.turn.sessionId === sessionId),

    add(
      turn: TurnToAnswer,
      userMessage: Message,
      { isKept, cutText = '' }: { isKept: boolean; cutText?: string },
    ): LocalTurn {
      const mine = {
        turn,
        userMessage,
        live: createLiveTurn({ wakeMs }),
        abort: new AbortController(),
        isKept,
        cutText,
        run: null,
      };
      turns.set(turn.id, mine);
      return mine;
    },
  };
}
