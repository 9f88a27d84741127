import type { Message, MessageSource } from '../messages/message.ts';
import type { TurnEvent } from './turn-event.ts';

type Ending =
  | { kind: 'done'; userMessage: Message; answer: Message; notices?: string[] }
  | { kind: 'failed'; error: unknown };

/**
 * The events of one turn while it runs in this process. Any number of followers may join at any time; each sees the
 * sources, the text so far in one piece, and then what comes.
 *
 * The text is kept as one string. The first piece goes out at once; after that followers are woken at most once per
 * `wakeMs`, so that many small deltas travel on as one: writing them is most of what an answer costs.
 */
export function createLiveTurn({ wakeMs }: { wakeMs: () => number }) {
  let sources: MessageSource[] | null = null;
  let text = '';
  let ending: Ending | null = null;
  let wakeScheduled = false;
  let wokenAt = 0;
  const sleepers: (() => void)[] = [];
  let followers = 0;

  function wakeFollowers(): void {
    if (wakeScheduled || sleepers.length === 0) return;
    wakeScheduled = true;
    const waitMs = wokenAt + wakeMs() - performance.now();
    if (waitMs <= 0) setImmediate(wakeNow);
    else setTimeout(wakeNow, waitMs);
  }

  function wakeNow(): void {
    wakeScheduled = false;
    wokenAt = performance.now();
    for (const wake of sleepers.splice(0)) wake();
  }

  return {
    get text(): string {
      return text;
    },
    get followers(): number {
      return followers;
    },
    showSources(shown: MessageSource[]): void {
      sources = shown;
      wakeFollowers();
    },
    append(delta: string): void {
      text += delta;
      wakeFollowers();
    },
    end(how: Ending): void {
      ending = how;
      setImmediate(wakeNow);
    },

    async *follow({ signal }: { signal: AbortSignal }): AsyncGenerator<TurnEvent> {
      let seenSources = false;
      let seenText = 0;
      const onAbort = () => {
        for (const wake of sleepers.splice(0)) wake();
      };
      signal.addEventListener('abort', onAbort, { once: true });
      followers += 1;
      try {
        for (;;) {
          signal.throwIfAborted();
          if (sources && !seenSources) {
            seenSources = true;
            yield { type: 'sources', sources };
          } else if (seenText < text.length) {
            const delta = text.slice(seenText);
            seenText = text.length;
            yield { type: 'delta', text: delta };
          } else if (ending?.kind === 'failed') {
            throw ending.error;
          } else if (ending) {
            const { userMessage, answer, notices = [] } = ending;
            yield { type: 'done', userMessage, answer, notices };
            return;
          } else {
            await new Promise<void>((resolve) => sleepers.push(resolve));
          }
        }
      } finally {
        followers -= 1;
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}

export type LiveTurn = ReturnType<typeof createLiveTurn>;
