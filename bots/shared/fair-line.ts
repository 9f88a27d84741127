import { setTimeout as sleep } from 'node:timers/promises';

/** Who is waiting to be answered. */
export interface Waiter {
  /** Whose question it is. */
  person: string;
  /** Before everybody else: moderators, and whoever's channel it is. */
  isAhead?: boolean;
  /** Where it was asked: many who wait there hold up those of elsewhere no longer than their share. */
  crowd?: string;
  /** Set to when it was asked where that is not now, as after a restart. */
  askedAt?: Date;
}

/**
 * A grant, in whatever form the budget gives it, or for how long there is none; `budget` is the one that has none, where
 * a grant is of several.
 */
export type Try<Grant> = { isGranted: true; grant: Grant } | { isGranted: false; waitMs: number; budget?: string };

export interface Place {
  /**
   * Waits until the budget grants something; of those who wait for it, the fairest goes first.
   * @param budget what the grant is of, one or several: who waits for one budget does not hold up those who wait for
   *   another
   * @param tryToTake asks the budget; called again when the time it gave is over, one call at a time
   * @param signal ends the waiting; its reason is thrown
   */
  take<Grant>(
    budget: string | readonly string[],
    tryToTake: () => Promise<Try<Grant>>,
    signal?: AbortSignal,
  ): Promise<Grant>;
  /** The answer is shown, or there will be none; again is nothing. */
  leave(): void;
}

interface Asking {
  budgets: readonly string[];
  isAhead: boolean;
  due: number;
  number: number;
  /** True once it has ended, one way or another. */
  ask(): Promise<{ hasEnded: true } | { hasEnded: false; waitMs: number; budget?: string | undefined }>;
}

/** How much later somebody's second answer is due than a first one that was asked for at the same time. */
const STEP_MS = 5 * 60_000;
/** For how long an answer that somebody was given counts as their first. */
const REMEMBER_MS = 60_000;
/** How much later each one is due for everyone who waits in the same crowd; about as long as a message takes. */
const CROWD_STEP_MS = 1500;
/** A budget that cannot say anything else is asked again after so long. */
const SHORTEST_WAIT_MS = 5;

/**
 * Shares a budget of messages or calls among people: in order of arrival, but everybody's first answer comes before
 * anybody's second, and so on; those who are ahead come before all others. Nobody waits for ever: a second answer is
 * due some minutes after it would have been as a first one, and from then on new people come behind it. The more wait in
 * one crowd, the later each of them is due, so that somebody elsewhere need not wait for the end of it.
 *
 * Enter a question when it arrives, before anything is awaited; take for each message or call; leave at its end. An
 * answer that is not written yet holds nobody up.
 */
export function createFairLine({ now = () => Date.now() } = {}) {
  const lately = new Map<string, Set<{ leftAt: number | null }>>();
  const asking = new Set<Asking>();
  const closedUntil = new Map<string, number>();
  const crowds = new Map<string, number>();
  let entered = 0;
  let isServing = false;
  let news = Promise.withResolvers<void>();

  /** How many answers somebody has been given of late or is waiting for. */
  function countLately(person: string): number {
    const theirs = lately.get(person);
    if (!theirs) return 0;
    for (const place of theirs) if (place.leftAt !== null && place.leftAt + REMEMBER_MS <= now()) theirs.delete(place);
    if (theirs.size === 0) lately.delete(person);
    return theirs.size;
  }

  function forgetOld(): void {
    for (const person of lately.keys()) countLately(person);
  }

  function opensAt({ budgets }: Asking): number {
    return Math.max(0, ...budgets.map((budget) => closedUntil.get(budget) ?? 0));
  }

  function findFairest(): Asking | null {
    let fairest: Asking | null = null;
    for (const one of asking) {
      if (opensAt(one) > now()) continue;
      if (fairest === null || isBefore(one, fairest)) fairest = one;
    }
    return fairest;
  }

  /** One at a time, so that it is always the fairest of all who wait that gets what there is. */
  async function serve(): Promise<void> {
    if (isServing) return;
    isServing = true;
    while (asking.size > 0) {
      news = Promise.withResolvers<void>();
      const fairest = findFairest();
      if (fairest === null) {
        await waitForBudget();
        continue;
      }
      const tried = await fairest.ask();
      if (tried.hasEnded) asking.delete(fairest);
      else {
        const closed = tried.budget ?? fairest.budgets[0] ?? '';
        closedUntil.set(closed, now() + Math.max(SHORTEST_WAIT_MS, tried.waitMs));
      }
    }
    closedUntil.clear();
    isServing = false;
  }

  /** Until one of the budgets may be asked again, or somebody comes or goes. */
  async function waitForBudget(): Promise<void> {
    const opens = [...asking].map(opensAt);
    const timeout = new AbortController();
    const waiting = sleep(Math.max(0, Math.min(...opens) - now()), undefined, { signal: timeout.signal });
    await Promise.race([waiting.catch(() => undefined), news.promise]);
    timeout.abort();
  }

  function enter({ person, isAhead = false, crowd, askedAt }: Waiter): Place {
    entered += 1;
    if (entered % 1000 === 0) forgetOld();
    const number = entered;
    const ahead = crowd === undefined ? 0 : (crowds.get(crowd) ?? 0);
    if (crowd !== undefined) crowds.set(crowd, ahead + 1);
    const due = (askedAt?.getTime() ?? now()) + countLately(person) * STEP_MS + ahead * CROWD_STEP_MS;
    const place: { leftAt: number | null } = { leftAt: null };
    const theirs = lately.get(person) ?? new Set();
    lately.set(person, theirs.add(place));

    return {
      take: (budget, tryToTake, signal) =>
        new Promise((resolve, reject) => {
          const ask = async () => {
            const tried = await tryToTake();
            if (!tried.isGranted) return { hasEnded: false as const, waitMs: tried.waitMs, budget: tried.budget };
            signal?.removeEventListener('abort', onAbort);
            resolve(tried.grant);
            return { hasEnded: true as const };
          };
          const budgets = typeof budget === 'string' ? [budget] : budget;
          const one: Asking = { budgets, isAhead, due, number, ask: () => ask().catch(fail) };
          const fail = (error: unknown) => {
            signal?.removeEventListener('abort', onAbort);
            asking.delete(one);
            reject(error);
            news.resolve();
            return { hasEnded: true as const };
          };
          const onAbort = () => void fail(signal?.reason);
          if (signal?.aborted) return onAbort();
          signal?.addEventListener('abort', onAbort);
          asking.add(one);
          news.resolve();
          void serve();
        }),

      leave() {
        if (place.leftAt === null && crowd !== undefined) leaveCrowd(crowd);
        place.leftAt ??= now();
      },
    };
  }

  function leaveCrowd(crowd: string): void {
    const left = (crowds.get(crowd) ?? 1) - 1;
    if (left === 0) crowds.delete(crowd);
    else crowds.set(crowd, left);
  }

  return {
    enter,

    /** Something of a budget is there again, sooner than it had said. */
    reopen(budget: string): void {
      closedUntil.delete(budget);
      news.resolve();
    },
  };
}

function isBefore(one: Asking, other: Asking): boolean {
  if (one.isAhead !== other.isAhead) return one.isAhead;
  return one.due === other.due ? one.number < other.number : one.due < other.due;
}
