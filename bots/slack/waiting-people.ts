import { setTimeout as sleep } from 'node:timers/promises';
import { createFairLine, type Place } from '../shared/fair-line.ts';
import type { Waiter } from './slack-api.ts';

/** So few are shown as they are written, whoever they are for. */
const FEW = 5;
/** So many leave less than one edit a minute for each: a whole answer sooner is worth more than the beginning of one. */
const MANY = 25;
/** A second answer waits no longer for first ones that are still being written. */
const LONGEST_WAIT_MS = 30_000;

/**
 * Who waits for an answer from this process. What Slack's limits hold up goes by arrival, but everybody's first answer
 * comes before anybody's second: that one waits in line, and takes no streams and edits from people without an answer.
 */
export function createWaitingPeople() {
  const line = createFairLine();
  const counts = new Map<string, number>();
  const firsts = new Set<Place>();
  let news = Promise.withResolvers<void>();

  return {
    /** Call it as a question comes, before anything is awaited; `leave` when its outcome is shown. */
    enter(person: string): Waiter & { leave(): void } {
      const place = line.enter({ person });
      const before = counts.get(person) ?? 0;
      const isFirst = before === 0;
      counts.set(person, before + 1);
      if (isFirst) firsts.add(place);
      const isPatient = () => !isFirst && firsts.size > FEW;
      return {
        place,
        isPatient,
        async waitForOthers() {
          if (!isPatient()) return;
          const patience = new AbortController();
          const isOver = sleep(LONGEST_WAIT_MS, undefined, { signal: patience.signal, ref: false }).catch(
            () => undefined,
          );
          while (isPatient() && !patience.signal.aborted) {
            await Promise.race([news.promise, isOver.then(() => patience.abort())]);
          }
          patience.abort();
        },
        isInRush: () => firsts.size > MANY,
        leave() {
          place.leave();
          firsts.delete(place);
          news.resolve();
          news = Promise.withResolvers();
          const left = (counts.get(person) ?? 1) - 1;
          if (left === 0) counts.delete(person);
          else counts.set(person, left);
        },
      };
    },
  };
}
