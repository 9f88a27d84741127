import { setTimeout as sleep } from 'node:timers/promises';

/** So many are sent while other work goes on: they take a moment only. */
const FEW = 8;
/** One that Discord does not take does not hold up answers for long. */
const LONGEST_WAIT_MS = 2000;

export type Acknowledgements = ReturnType<typeof createAcknowledgements>;

/**
 * Which interactions Discord still has to be told were received. It waits 3 seconds for that, however many come at
 * once; answers can wait, so their work begins when hardly any acknowledgement is left to send.
 */
export function createAcknowledgements() {
  const pending = new Set<string>();
  let few = Promise.withResolvers<void>();

  return {
    begin(interactionId: string): void {
      pending.add(interactionId);
    },

    end(interactionId: string): void {
      pending.delete(interactionId);
      if (pending.size > FEW) return;
      few.resolve();
      few = Promise.withResolvers();
    },

    /** Resolves when there are few, or when they take too long. */
    async areFew(): Promise<void> {
      if (pending.size > FEW) await Promise.race([few.promise, sleep(LONGEST_WAIT_MS, undefined, { ref: false })]);
    },
  };
}
