import type { Knex } from 'knex';
import type { HeldForKey, KeyCaps, UsedKey } from '../api-keys/key-caps.ts';
import { AppError } from '../errors.ts';
import { costMicros } from '../models/cost.ts';
import type { TokenUsage } from '../ports/chat-model.ts';
import type { Clock } from '../ports/clock.ts';
import type { VersionedPrice } from '../ports/model-price.ts';
import type { Payer, ServedModel } from '../ports/turn-model.ts';
import type { WaysOn } from './balance-too-low.ts';
import { type AnswerToHoldFor, createHoldForAnswer, type HeldForAnswer } from './hold-for-answer.ts';
import { createHoldsRepository, type Settled } from './holds-repository.ts';
import { createOpenHolds, HELD_MS } from './open-holds.ts';
import type { Spending } from './spending.ts';
import { createUsageRepository, type UsageOf } from './usage-repository.ts';
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
  keyCaps: Pick<KeyCaps, 'hold' | 'release'>;
}

export interface CallToPay extends Omit<AnswerToHoldFor, 'prices'> {
  /** Which try at the turn this is, from 1: a later one takes the place of what the ones before had held. */
  attempts: number;
  /** `own_key` where the person's own provider is paid; else the operator bears it unless billing is on. */
  payer: Payer;
  /** The first choice. */
  modelId: string;
  /** Of every model that may come to write it, null where unknown; looked up by `modelId` when absent. */
  prices?: readonly (VersionedPrice | null)[] | undefined;
  costsNothing: boolean;
  /** The API key it is made with. */
  apiKey?: UsedKey | undefined;
}

/** Who pays for a call that may now be made. */
export interface Payment {
  payer: Payer;
  /** Not more than asked for: as much as there is money for. */
  maxOutputTokens: number;
  holdId: string | null;
  /** What is held of the cap of an API key. */
  capHoldId: string | null;
  /** Of the first choice, where it is known. */
  price: VersionedPrice | null;
  costsNothing: boolean;
}

export type AnswerPayments = ReturnType<typeof createAnswerPayments>;

/** Holds the most that an answer can cost before it is written, and charges what it did cost after. */
export function createAnswerPayments({
  db,
  clock,
  wallets,
  isOn,
  priceOf,
  keyCaps,
  ...options
}: AnswerPaymentsOptions) {
  const { freeDailyMicros } = wallets;
  const holds = createHoldsRepository(db);
  const usage = createUsageRepository(db);
  /** Of calls that are no turns: those of turns are ended by what becomes of the turn. */
  const openHolds = createOpenHolds((ids) => holds.renew(ids, new Date(clock.now().getTime() + HELD_MS)));
  const hold = createHoldForAnswer({ db, clock, wallets, waysOn: { ...options.waysOn, freeDailyMicros } });

  /** @throws AppError `model_price_unknown`, where it has to be paid */
  async function findPrices({ modelId, prices }: CallToPay, isPaid: boolean): Promise<(VersionedPrice | null)[]> {
    if (!prices) return [isPaid ? await priceOf(modelId) : await priceOf(modelId).catch(ignoreUnknown)];
    if (isPaid && prices.includes(null)) {
      throw new AppError(
        'model_price_unknown',
        `The price of the model ${modelId}, or of one that may have to stand in for it, is not known. Please choose another one.`,
      );
    }
    return [...prices];
  }

  /** Whoever began this turn before us has died, or is so slow that it was given to us: what it held is ours to hold. */
  async function holdInstead(answer: AnswerToHoldFor, tries = 3): Promise<HeldForAnswer> {
    const holdId = answer.turnId === null ? null : await holds.findOfTurn(answer.turnId);
    if (holdId !== null) await wallets.settle({ holdId, costMicros: null, priceVersion: null });
    try {
      return await hold(answer);
    } catch (error) {
      if (tries === 1 || !(error instanceof AppError && error.code === 'conflict')) throw error;
      return holdInstead(answer, tries - 1);
    }
  }

  /** @throws AppError `key_cap_reached` */
  function holdForKey(call: CallToPay, prices: readonly VersionedPrice[]): Promise<HeldForKey | null> | null {
    const { apiKey } = call;
    return apiKey?.isCapped && prices.length > 0 ? keyCaps.hold({ ...call, apiKey, prices }) : null;
  }

  return {
    isOn,

    /**
     * Makes sure that a call is paid before it is made: by the person's own key, their wallet, or the free allowance.
     * @throws AppError `balance_too_low`, `key_cap_reached`, `model_price_unknown`
     */
    async begin(call: CallToPay): Promise<Payment> {
      const { costsNothing } = call;
      const isOwn = call.payer === 'own_key';
      const isPaid = isOn && !isOwn && !costsNothing;
      const isCounted = isPaid || (call.apiKey?.isCapped === true && !isOwn && !costsNothing);
      const found = await findPrices(call, isCounted);
      const prices = found.filter((price) => price !== null);
      const price = found[0] ?? null;
      const ofKey = isCounted ? await holdForKey(call, prices) : null;
      const capHoldId = ofKey?.capHoldId ?? null;
      const maxOutputTokens = ofKey?.maxOutputTokens ?? call.maxOutputTokens;
      if (!isPaid || prices.every(isNothing)) {
        return { payer: isOwn ? 'own_key' : 'operator', maxOutputTokens, holdId: null, capHoldId, price, costsNothing };
      }
      try {
        const answer = { ...call, prices, maxOutputTokens };
        const held = call.attempts > 1 ? await holdInstead(answer) : await hold(answer);
        if (call.turnId === null) openHolds.add(held.holdId);
        return { ...held, capHoldId, price, costsNothing };
      } catch (error) {
        if (capHoldId !== null) await keyCaps.release(capHoldId);
        throw error;
      }
    },

    /** What a call that was paid like this has spent, in tokens and in money. */
    toSpending(
      { payer, costsNothing }: Payment,
      usage: TokenUsage,
      { modelId, price }: Pick<ServedModel, 'modelId' | 'price'>,
    ): Spending {
      return {
        model: modelId,
        payer,
        usage,
        costMicros: costsNothing ? 0 : price && costMicros({ usage, price }),
        priceVersion: price?.version ?? null,
      };
    },

    /**
     * Charges what was spent, null for a call that delivered nothing, and releases the rest; the cap of a key counts
     * what is on record already. Within a transaction it counts only if that does.
     */
    async settle(
      { holdId, capHoldId }: Payment,
      spending: Spending | null,
      { within, canWarn = false }: { within?: Knex; canWarn?: boolean } = {},
    ): Promise<Settled | null> {
      if (capHoldId !== null) await keyCaps.release(capHoldId, within);
      if (holdId === null) return null;
      openHolds.remove(holdId);
      const { costMicros = null, priceVersion = null } = spending ?? {};
      return wallets.settle({ holdId, costMicros, priceVersion, canWarn }, within);
    },

    /** Charges a call that is no turn for what it spent, and puts it on record, both or neither. */
    async settleCall({ holdId, capHoldId }: Payment, spending: Spending, call: UsageOf): Promise<void> {
      const { costMicros, priceVersion } = spending;
      if (holdId === null) {
        await usage.record(call, spending);
      } else {
        openHolds.remove(holdId);
        await wallets.settle({ holdId, costMicros, priceVersion, recorded: { call, spending } });
      }
      if (capHoldId !== null) await keyCaps.release(capHoldId);
    },

    /** Keeps in mind what has been delivered so far and to whom, for the case that nobody comes back to settle. */
    async noteDelivered({ holdId }: Payment, spending: Spending, call: UsageOf): Promise<void> {
      if (holdId !== null) await holds.noteDelivered(holdId, { call, spending });
    },

    /** What a person has left to spend on one answer; undefined where nobody counts. */
    async budgetMicros(userId: string): Promise<number | undefined> {
      if (!isOn) return undefined;
      const wallet = await wallets.openForAnswer(userId);
      return Math.max(spendableMicros(wallet, 'wallet'), spendableMicros(wallet, 'free'));
    },
  };
}

function ignoreUnknown(error: unknown): null {
  if (error instanceof AppError) return null;
  throw error;
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
