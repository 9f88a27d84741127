import type { Knex } from 'knex';
import { costMicros } from '../models/cost.ts';
import type { TokenUsage } from '../ports/chat-model.ts';
import type { Clock } from '../ports/clock.ts';
import type { VersionedPrice } from '../ports/model-price.ts';
import type { Payer, Writer } from '../ports/turn-model.ts';
import type { WaysOn } from './balance-too-low.ts';
import { type AnswerToHoldFor, createHoldForAnswer } from './hold-for-answer.ts';
import { createHoldsRepository, type Settled } from './holds-repository.ts';
import { spendableMicros } from './wallet.ts';
import type { Wallets } from './wallets.ts';

export interface AnswerPaymentsOptions {
  db: Knex;
  clock: Clock;
  wallets: Wallets;
  /** Whether whoever asks pays. What answers cost is recorded in any case. */
  isOn: boolean;
  /** @throws AppError `model_price_unknown` */
  priceOf(modelId: string): Promise<VersionedPrice>;
  waysOn: Omit<WaysOn, 'freeDailyMicros'>;
}

export interface CallToPay extends Omit<AnswerToHoldFor, 'prices'> {
  /** Which try at the turn this is, from 1: a later one takes the place of what the ones before had held. */
  attempts: number;
  /** `own_key` where the person's own provider is paid; else the operator bears it unless billing is on. */
  payer: Payer;
  /** The first choice first; without a price it is looked up. */
  writers: readonly { id: string; price?: Writer['price'] }[];
  costsNothing: boolean;
}

/** Who pays for a call that may now be made. */
export interface Payment {
  payer: Payer;
  /** Not more than asked for: as much as there is money for. */
  maxOutputTokens: number;
  holdId: string | null;
  writers: readonly Writer[];
  costsNothing: boolean;
}

/** What a call did spend. */
export interface Spending {
  model: string;
  payer: Payer;
  usage: TokenUsage;
  /** Null where the price is not known. */
  costMicros: number | null;
  priceVersion: string | null;
}

export type AnswerPayments = ReturnType<typeof createAnswerPayments>;

/** Holds the most that an answer can cost before it is written, and charges what it did cost after. */
export function createAnswerPayments({ db, clock, wallets, isOn, priceOf, ...options }: AnswerPaymentsOptions) {
  const { freeDailyMicros } = wallets;
  const holds = createHoldsRepository(db);
  const hold = createHoldForAnswer({ db, clock, wallets, waysOn: { ...options.waysOn, freeDailyMicros } });

  function withPrices({ writers }: CallToPay, isPaid: boolean): Promise<Writer[]> {
    return Promise.all(
      writers.map(async ({ id, price }) => {
        if (price || (price === null && !isPaid)) return { id, price };
        return { id, price: isPaid ? await priceOf(id) : await priceOf(id).catch(() => null) };
      }),
    );
  }

  /** What the process that began this turn before us had held for it, before it died. */
  async function releaseEarlier({ turnId, attempts }: CallToPay): Promise<void> {
    const holdId = turnId === null || attempts < 2 ? null : await holds.findOfTurn(turnId);
    if (holdId !== null) await wallets.settle({ holdId, costMicros: null, priceVersion: null });
  }

  return {
    /**
     * Makes sure that a call is paid before it is made: by the person's own key, their wallet, or the free allowance.
     * @throws AppError `balance_too_low`, `model_price_unknown`
     */
    async begin(call: CallToPay): Promise<Payment> {
      const { maxOutputTokens, costsNothing } = call;
      const isOwn = call.payer === 'own_key';
      const writers = await withPrices(call, isOn && !isOwn && !costsNothing);
      const prices = writers.flatMap(({ price }) => price ?? []);
      if (!isOn || isOwn || costsNothing || prices.every(isNothing)) {
        return { payer: isOwn ? 'own_key' : 'operator', maxOutputTokens, holdId: null, writers, costsNothing };
      }
      await releaseEarlier(call);
      return { ...(await hold({ ...call, prices })), writers, costsNothing };
    },

    /** What a call that was paid like this has spent, in tokens and in money. */
    toSpending({ payer, writers, costsNothing }: Payment, usage: TokenUsage, writerId = writers[0]?.id): Spending {
      const price = writers.find(({ id }) => id === writerId)?.price ?? null;
      return {
        model: writerId ?? 'unknown',
        payer,
        usage,
        costMicros: costsNothing ? 0 : price && costMicros({ usage, price }),
        priceVersion: price?.version ?? null,
      };
    },

    /**
     * Charges what was spent, null for a call that delivered nothing, and releases the rest. Within a transaction it
     * counts only if that does.
     */
    async settle({ holdId }: Payment, spending: Spending | null, within: Knex = db): Promise<Settled | null> {
      if (holdId === null) return null;
      const { costMicros = null, priceVersion = null } = spending ?? {};
      return wallets.settle({ holdId, costMicros, priceVersion }, within);
    },

    /** Keeps in mind what has been delivered so far, for the case that nobody comes back to settle. */
    async noteDelivered({ holdId }: Payment, spending: Spending): Promise<void> {
      if (holdId !== null) await holds.noteDelivered(holdId, spending.costMicros ?? 0);
    },

    /** What a person has left to spend on one answer; undefined where nobody counts. */
    async budgetMicros(userId: string): Promise<number | undefined> {
      if (!isOn) return undefined;
      const wallet = await wallets.openForToday(userId);
      return Math.max(spendableMicros(wallet, 'wallet'), spendableMicros(wallet, 'free'));
    },
  };
}

/** As of a model on the operator's own machine. */
function isNothing(price: VersionedPrice): boolean {
  return (
    price.inputMicrosPerMillion === 0 &&
    price.cachedInputMicrosPerMillion === 0 &&
    price.cacheWriteMicrosPerMillion === 0 &&
    price.outputMicrosPerMillion === 0
  );
}
