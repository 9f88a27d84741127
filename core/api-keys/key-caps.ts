import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { ModelPrice } from '../ports/model-price.ts';
import { type AffordableCall, fitToBudget } from '../wallet/answer-budget.ts';
import { toDollars } from '../wallet/money.ts';
import { createOpenHolds, HELD_MS } from '../wallet/open-holds.ts';
import { createWaitingLine } from '../wallet/waiting-line.ts';
import { createKeySpendingRepository, type KeyBudget } from './key-spending-repository.ts';

/** The key that something was asked with. */
export interface UsedKey {
  id: string;
  /** Whether it has a cap; without one nothing has to be held for it. */
  isCapped: boolean;
}

export interface CappedCall {
  apiKey: UsedKey;
  /** Of all who may write the answer. */
  prices: readonly ModelPrice[];
  /** Null for a call that is no turn; the hold of one that is taken up again takes the place of the earlier one. */
  turnId: string | null;
  inputTokens: { careful(): number };
  maxOutputTokens: number;
  signal: AbortSignal;
}

export interface HeldForKey {
  capHoldId: string;
  maxOutputTokens: number;
}

/** How long a call waits for others with the same key to end. */
const WAIT_MS = 60_000;
const LOOK_AGAIN_MS = 50;

export type KeyCaps = ReturnType<typeof createKeyCaps>;

/** Keeps each API key within what it may spend in a month, however many calls it makes at once. */
export function createKeyCaps({ db, clock }: { db: Knex; clock: Clock }) {
  const inLine = createWaitingLine();
  const heldUntil = () => new Date(clock.now().getTime() + HELD_MS);
  const openHolds = createOpenHolds((ids) => createKeySpendingRepository(db).renew(ids, heldUntil()));

  /** @returns null for a key without a cap; `wait` when other calls hold what this one needs */
  async function tryToHold({ apiKey, ...call }: CappedCall, inputTokens: number): Promise<HeldForKey | 'wait' | null> {
    const now = clock.now();
    const holdId = call.turnId ?? randomUUID();
    const held = await db.transaction(async (trx) => {
      const rows = createKeySpendingRepository(trx);
      const budget = await rows.lockBudget(apiKey.id, { now, exceptHoldId: holdId });
      if (!budget) return null;
      const { capMicros, spentMicros, heldMicros } = budget;
      const affordable = afford({ ...call, inputTokens }, capMicros - spentMicros - heldMicros);
      if (affordable) {
        const { holdMicros: amountMicros } = affordable;
        await rows.hold({ id: holdId, apiKeyId: apiKey.id, amountMicros, expiresAt: heldUntil() });
        return { capHoldId: holdId, maxOutputTokens: affordable.maxOutputTokens };
      }
      if (heldMicros > 0 && afford({ ...call, inputTokens }, capMicros - spentMicros)) return 'wait';
      throw capReached(budget, now);
    });
    if (held !== null && held !== 'wait') openHolds.add(holdId);
    return held;
  }

  return {
    /**
     * Holds the most that a call can cost, with an answer no longer than the cap allows.
     * @returns null for a key without a cap
     * @throws AppError `key_cap_reached`
     */
    async hold(call: CappedCall): Promise<HeldForKey | null> {
      if (!call.apiKey.isCapped) return null;
      const inputTokens = call.inputTokens.careful();
      const first = await tryToHold(call, inputTokens);
      if (first !== 'wait') return first;
      const deadline = performance.now() + WAIT_MS;
      return inLine(call.apiKey.id, async () => {
        for (;;) {
          call.signal.throwIfAborted();
          const held = await tryToHold(call, inputTokens);
          if (held !== 'wait') return held;
          if (performance.now() > deadline) {
            throw new AppError(
              'rate_limited',
              'Other calls with this key hold the rest of its monthly cap. Try again later.',
            );
          }
          await sleep(LOOK_AGAIN_MS, undefined, { signal: call.signal });
        }
      });
    },

    /** Once what was spent is on record. Within a transaction it counts only if that does. */
    async release(capHoldId: string, within: Knex = db): Promise<void> {
      openHolds.remove(capHoldId);
      await createKeySpendingRepository(within).release(capHoldId);
    },

    /** For the nightly job. */
    clear: () => createKeySpendingRepository(db).clearExpired(clock.now()),
  };
}

function afford(
  call: { prices: readonly ModelPrice[]; inputTokens: number; maxOutputTokens: number },
  micros: number,
): AffordableCall | null {
  return micros > 0 ? fitToBudget(call, micros) : null;
}

function capReached({ capMicros, spentMicros }: KeyBudget, now: Date): AppError {
  const next = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)).toISOString().slice(0, 10);
  const left = toDollars(Math.max(0, capMicros - spentMicros));
  return new AppError(
    'key_cap_reached',
    `This key may spend ${toDollars(capMicros)} a month, and has ${left} of it left, which does not pay for this. Raise its monthly_cap_cents, or wait until ${next}.`,
  );
}
