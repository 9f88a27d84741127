import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { VersionedPrice } from '../ports/model-price.ts';
import { type AffordableCall, fitToBudget, leastHoldMicros } from './answer-budget.ts';
import { balanceTooLow, type WaysOn } from './balance-too-low.ts';
import { createHoldsRepository, type Hold } from './holds-repository.ts';
import { HELD_MS } from './open-holds.ts';
import { createWaitingLine } from './waiting-line.ts';
import { spendableMicros, type Wallet } from './wallet.ts';
import type { Wallets } from './wallets.ts';

export interface HoldForAnswerOptions {
  db: Knex;
  clock: Clock;
  wallets: Wallets;
  waysOn: WaysOn;
}

export interface AnswerToHoldFor {
  userId: string;
  /** Null for a call that is no turn: nobody takes it up again after a crash. */
  turnId: string | null;
  /** False where others read what is said to the asker. */
  isPrivate: boolean;
  /** Of all who may write it. */
  prices: readonly VersionedPrice[];
  /** A bound that costs nothing to know, and the careful count for those to whom the difference matters. */
  inputTokens: { most: number; careful(): number };
  maxOutputTokens: number;
  signal: AbortSignal;
}

export interface HeldForAnswer {
  holdId: string;
  payer: Hold['payer'];
  /** Not more than asked for: as much as there is money for. */
  maxOutputTokens: number;
}

/** How long somebody waits whose money is held for other answers of theirs. */
const WAIT_MS = 60_000;
const LOOK_AGAIN_MS = 50;
/** Who has that many times the bound does not feel that it is far above the truth. */
const AMPLE = 20;
/** For how long, and of how many people, it is remembered that they have plenty. */
const REMEMBER_MS = 5000;
const MOST_REMEMBERED = 5000;

/** Holds the most that an answer can cost: in the wallet, or in the free allowance where the wallet has too little. */
export function createHoldForAnswer({ db, clock, wallets, waysOn }: HoldForAnswerOptions) {
  const holds = createHoldsRepository(db);
  const inLine = createWaitingLine();

  /** By person, wallets in which there was far more than an answer costs, not long ago. */
  const ample = new Map<string, { wallet: Wallet; until: number }>();

  /** Whoever had plenty a moment ago need not be asked again how much: holding says whether it is still there. */
  async function tryToHoldFromPlenty(answer: AnswerToHoldFor): Promise<HeldForAnswer | null> {
    const known = ample.get(answer.userId);
    if (!known) return null;
    const affordable = affordEasily(answer, spendableMicros(known.wallet, 'wallet'));
    const isFresh = known.until > performance.now();
    const hold =
      affordable && isFresh ? await keep(answer, { wallet: known.wallet, payer: 'wallet', affordable }) : null;
    if (hold && affordable) return { holdId: hold.id, payer: 'wallet', maxOutputTokens: affordable.maxOutputTokens };
    ample.delete(answer.userId);
    return null;
  }

  function rememberPlenty(userId: string, wallet: Wallet): void {
    if (ample.size >= MOST_REMEMBERED) ample.clear();
    ample.set(userId, { wallet, until: performance.now() + REMEMBER_MS });
  }

  /** @returns null when the money that there is, is held for other answers just now */
  async function tryToHold(answer: AnswerToHoldFor): Promise<HeldForAnswer | null> {
    const plenty = await tryToHoldFromPlenty(answer);
    if (plenty) return plenty;
    const wallet = await wallets.openForAnswer(answer.userId);
    if (affordEasily(answer, spendableMicros(wallet, 'wallet'))) rememberPlenty(answer.userId, wallet);
    for (const payer of ['wallet', 'free'] as const) {
      const affordable = afford(answer, spendableMicros(wallet, payer));
      if (!affordable) continue;
      const hold = await keep(answer, { wallet, payer, affordable });
      return hold && { holdId: hold.id, payer, maxOutputTokens: affordable.maxOutputTokens };
    }
    const needed = leastOf(answer);
    const unheld = { ...wallet, heldMicros: 0, freeHeldMicros: 0 };
    if (needed <= Math.max(spendableMicros(unheld, 'wallet'), spendableMicros(unheld, 'free'))) return null;
    throw refusal(answer, wallet);
  }

  function refusal(answer: AnswerToHoldFor, wallet: Wallet): AppError {
    return balanceTooLow(wallet, { ...waysOn, neededMicros: leastOf(answer), isPrivate: answer.isPrivate });
  }

  function keep(
    { turnId, prices }: AnswerToHoldFor,
    { wallet, payer, affordable }: { wallet: Wallet; payer: Hold['payer']; affordable: AffordableCall },
  ): Promise<Hold | null> {
    return holds.hold({
      walletId: wallet.id,
      turnId,
      payer,
      amountMicros: affordable.holdMicros,
      priceVersion: prices[0]?.version ?? null,
      day: wallets.today(),
      expiresAt: new Date(clock.now().getTime() + HELD_MS),
    });
  }

  /** Other answers of the same person may be holding what this one needs: it waits for them, in line. */
  function waitAndHold(answer: AnswerToHoldFor): Promise<HeldForAnswer> {
    const deadline = performance.now() + WAIT_MS;
    return inLine(answer.userId, async () => {
      for (;;) {
        answer.signal.throwIfAborted();
        const held = await tryToHold(answer);
        if (held) return held;
        if (performance.now() > deadline) {
          throw refusal(answer, await wallets.openForAnswer(answer.userId));
        }
        await sleep(LOOK_AGAIN_MS, undefined, { signal: answer.signal });
      }
    });
  }

  /** @throws AppError `balance_too_low` */
  return async (answer: AnswerToHoldFor): Promise<HeldForAnswer> =>
    (await tryToHold(answer)) ?? (await waitAndHold(answer));
}

function leastOf(answer: AnswerToHoldFor): number {
  return leastHoldMicros({ ...answer, inputTokens: answer.inputTokens.careful() });
}

/** Counting tokens takes longer than all else here, so it is left to those who have little. */
function afford(answer: AnswerToHoldFor, budgetMicros: number): AffordableCall | null {
  return (
    affordEasily(answer, budgetMicros) ??
    fitToBudget({ ...answer, inputTokens: answer.inputTokens.careful() }, budgetMicros)
  );
}

/** The whole answer, for whoever has so much that the bound on what is asked will do; null for the others. */
function affordEasily(answer: AnswerToHoldFor, budgetMicros: number): AffordableCall | null {
  const generous = fitToBudget({ ...answer, inputTokens: answer.inputTokens.most }, budgetMicros / AMPLE);
  return generous?.maxOutputTokens === answer.maxOutputTokens ? generous : null;
}
