import type { Knex } from 'knex';
import type { Page, PageRequest } from '../db/page.ts';
import { retryDeadlock } from '../db/retry-deadlock.ts';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import { findCurrentUserId, holdUser } from '../users/merged-users.ts';
import { createHoldsRepository, type Settlement } from './holds-repository.ts';
import {
  createLedgerRepository,
  type LedgerEntry,
  type NewTransaction,
  type TransactionKind,
} from './ledger-repository.ts';
import { toDollars } from './money.ts';
import { settleDebt } from './settle-debt.ts';
import { moveLeftover, settleHold } from './settle-hold.ts';
import { availableMicros, type Wallet } from './wallet.ts';
import { createWalletsRepository } from './wallets-repository.ts';

export interface WalletsOptions {
  db: Knex;
  clock: Clock;
  /** Given to everybody once. */
  openingMicros: number;
  /** What everybody may spend a day without paying; the day begins at 00:00 UTC. */
  freeDailyMicros: number;
}

export interface Credit {
  userId: string;
  amountMicros: number;
  kind: Extract<TransactionKind, 'credit' | 'recharge'>;
  /** Where the money comes from. */
  from: 'operator' | 'stripe';
  key: string;
  note?: string | null;
}

/** Of one run of the job: what is more waits for the next. */
const SWEEP_LIMIT = 500;

export type Wallets = ReturnType<typeof createWallets>;

/** Everybody's balance, opened when it is first asked for. */
export function createWallets({ db, clock, openingMicros, freeDailyMicros }: WalletsOptions) {
  const ledger = createLedgerRepository(db);
  const rows = createWalletsRepository(db);
  const holds = createHoldsRepository(db);
  const today = () => clock.now().toISOString().slice(0, 10);

  /** @throws AppError `not_found` for somebody who has been erased */
  async function open(userId: string, within: Knex = db): Promise<Wallet & { hasFree: boolean }> {
    const rows = createWalletsRepository(within);
    const existing = await rows.findOfUser(userId, today());
    if (existing) return existing;
    const openOnce = () =>
      within.transaction(async (trx) => {
        const id = (await holdUser(trx, userId)) ? await createWalletsRepository(trx).insert(userId) : null;
        if (id === null) return;
        await createLedgerRepository(trx).post({
          kind: 'opening',
          key: `opening:${id}`,
          entries: [
            { account: 'grants', amountMicros: -openingMicros },
            { account: 'wallet', walletId: id, amountMicros: openingMicros },
          ],
        });
        await createWalletsRepository(trx).noteFull(id);
      });
    // A transaction of the caller's is theirs to begin again.
    await (within === db ? retryDeadlock(openOnce) : openOnce());
    const opened = await rows.findOfUser(userId, today());
    if (!opened) throw new AppError('not_found', 'There is no such person.');
    return opened;
  }

  /** Begins a person's day: what was left of another one goes, today's comes. What is held stays held. */
  async function giveAllowance(walletId: string): Promise<void> {
    const day = today();
    await db.transaction(async (trx) => {
      const wallet = await createWalletsRepository(trx).lock(walletId);
      if (wallet.userId === null || (wallet.freeDay !== null && wallet.freeDay >= day)) return;
      const gainMicros = freeDailyMicros + wallet.freeHeldMicros - wallet.freeMicros;
      await createLedgerRepository(trx).post({
        kind: 'allowance',
        key: `allowance:${walletId}:${day}`,
        entries: [
          { account: 'allowance', amountMicros: -gainMicros },
          { account: 'free', walletId, amountMicros: gainMicros },
        ],
      });
      await createWalletsRepository(trx).setFreeDay(walletId, day);
    });
  }

  async function openForToday(userId: string): Promise<Wallet> {
    const wallet = await open(userId);
    if (freeDailyMicros === 0) return { ...wallet, freeMicros: 0, freeHeldMicros: 0 };
    if (wallet.hasFree) return wallet;
    await giveAllowance(wallet.id);
    return open(userId);
  }

  return {
    freeDailyMicros,
    today,
    open: (userId: string) => open(userId),

    /** The wallet with today's allowance in it, where there is one. */
    openForToday,

    /** The same for whoever's answer is being written, which goes on when they are merged into somebody meanwhile. */
    async openForAnswer(userId: string): Promise<Wallet> {
      try {
        return await openForToday(userId);
      } catch (error) {
        const current = await findCurrentUserId(db, userId);
        if (current === null || current === userId) throw error;
        return openForToday(current);
      }
    },

    /** What moved the balance, newest first. */
    async listLedger({ userId, ...page }: { userId: string } & PageRequest): Promise<Page<LedgerEntry>> {
      const wallet = await open(userId);
      return ledger.listOfWallet(wallet.id, page);
    },

    /** @returns false when this was credited before */
    async credit({ userId, amountMicros, kind, from, key, note }: Credit): Promise<boolean> {
      const { id } = await open(userId);
      return db.transaction(async (trx) => {
        const wallet = await createWalletsRepository(trx).lock(id);
        if (wallet.userId === null) throw new AppError('not_found', 'There is no such person any more.');
        const isNew = await createLedgerRepository(trx).post({
          kind,
          key,
          note: note ?? null,
          entries: [
            { account: from, amountMicros: -amountMicros },
            { account: 'wallet', walletId: id, amountMicros },
          ],
        });
        if (!isNew) return false;
        await settleDebt(trx, id);
        await createWalletsRepository(trx).noteFull(id);
        return true;
      });
    },

    /**
     * Ends a hold and charges what its call did cost. Within a transaction it counts only if that does.
     * @returns null when the hold was ended before
     */
    settle: (settlement: Settlement, within?: Knex) =>
      within ? settleHold(within, settlement) : retryDeadlock(() => settleHold(db, settlement)),

    /** Ends holds that nobody came back to: what was delivered until then is charged, the rest released. */
    async expireHolds(): Promise<number> {
      const orphaned = await holds.findOrphaned({ now: clock.now(), limit: SWEEP_LIMIT });
      for (const settlement of orphaned) await settleHold(db, settlement);
      for (const id of await rows.listLeftovers(SWEEP_LIMIT)) await db.transaction((trx) => moveLeftover(trx, id));
      return orphaned.length;
    },

    /**
     * Buys something that is not an answer, in the caller's transaction, so that it is paid exactly when it is had.
     * @returns false when this was bought before
     * @throws AppError `balance_too_low`
     */
    async purchase(
      trx: Knex,
      { userId, amountMicros, key, note }: { userId: string; amountMicros: number; key: string; note: string },
    ): Promise<boolean> {
      const { id } = await open(userId, trx);
      const wallet = await createWalletsRepository(trx).lock(id);
      if (availableMicros(wallet) < amountMicros) {
        throw new AppError(
          'balance_too_low',
          `This costs ${toDollars(amountMicros)}, and your balance is ${toDollars(availableMicros(wallet))}. Recharge it first.`,
        );
      }
      const transaction: NewTransaction = {
        kind: 'purchase',
        key,
        note,
        entries: [
          { account: 'wallet', walletId: id, amountMicros: -amountMicros },
          { account: 'revenue', amountMicros },
        ],
      };
      return createLedgerRepository(trx).post(transaction);
    },
  };
}
