import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../ports/logger.ts';
import type { Platform } from '../users/platform.ts';
import type { Turn } from './turns-repository.ts';

/** One message that was written where a question is asked, but not as a question to the assistant. */
export interface OverheardMessage {
  authorName: string;
  /** As people read it: names instead of ids, and in words what is no text, such as a poll. */
  text: string;
  at: Date;
}

/** What was said in a thread, or another place with an audience of its own, before a question there. */
export interface Overheard {
  /** Oldest first, without what the session holds anyway. */
  messages: OverheardMessage[];
  /** False when there is more than was read, because of limits or a missing permission. */
  isWhole: boolean;
}

/**
 * Reads what was said where a turn was asked, up to its question: only what everybody reads who reads the answer. It
 * is asked when the answer begins, in whichever process that is, so it finds what it needs in `turn.delivery`. Null for
 * a place that is not read, such as a whole channel. It may throw: the question is answered without it then.
 */
export type OverhearPlace = (turn: Turn, options: { signal: AbortSignal }) => Promise<Overheard | null>;

export interface OverhearingOptions {
  logger: Logger;
  timeoutMs?: number;
}

/** People wait for their answer meanwhile. */
const TIMEOUT_MS = 4000;
const MOST_MESSAGES = 200;
const LONGEST_MESSAGE = 4000;
const UNREADABLE: Overheard = { messages: [], isWhole: false };

export type Overhearing = ReturnType<typeof createOverhearing>;

/**
 * What the platforms' adapters can read of the places where questions are asked. It is data for one answer: given to
 * the model as quoted material, and stored nowhere.
 */
export function createOverhearing({ logger, timeoutMs = TIMEOUT_MS }: OverhearingOptions) {
  const readers = new Map<Platform, OverhearPlace>();

  return {
    /** Set before `turns.start()` by each platform whose places can be read. */
    register(platform: Platform, read: OverhearPlace): void {
      readers.set(platform, read);
    },

    /** Never rejects: less is known when something fails, and the model is told so. */
    async overhear(turn: Turn, { signal }: { signal: AbortSignal }): Promise<Overheard | null> {
      const read = readers.get(turn.platform);
      if (!read) return null;
      const isOver = new AbortController();
      const ends = AbortSignal.any([signal, isOver.signal]);
      try {
        const overheard = await Promise.race([
          read(turn, { signal: ends }),
          sleep(timeoutMs, UNREADABLE, { signal: ends, ref: false }),
        ]);
        return overheard && bounded(overheard);
      } catch (error) {
        if (!signal.aborted) logger.warn({ turnId: turn.id, err: error }, 'what was said before could not be read');
        return UNREADABLE;
      } finally {
        isOver.abort();
      }
    },
  };
}

function bounded({ messages, isWhole }: Overheard): Overheard {
  const latest = messages.slice(-MOST_MESSAGES);
  const shortened = latest.map(({ text, ...message }) => ({
    ...message,
    text: text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE).toWellFormed()} …` : text,
  }));
  return {
    messages: shortened.filter(({ text }) => text.trim() !== ''),
    isWhole: isWhole && latest.length === messages.length,
  };
}
