import type { Knex } from 'knex';
import { createEraseUser } from '../../core/users/erase-user.ts';
import { createUsers } from '../../core/users/users.ts';
import { createHoldsRepository } from '../../core/wallet/holds-repository.ts';
import { reconcileLedger } from '../../core/wallet/reconcile.ts';
import { createWallets, type WalletsOptions } from '../../core/wallet/wallets.ts';
import { createSilentLogger } from './silent-logger.ts';
import { createTestClock } from './test-clock.ts';
import { createTestDatabase } from './test-database.ts';

export const CENT = 10_000;

/** Wallets on a real database, with a clock that a test moves. */
export async function createTestWallets(options: Partial<WalletsOptions> = {}) {
  const database = await createTestDatabase();
  const { db } = database;
  const clock = createTestClock();
  const wallets = createWallets({ db, clock, openingMicros: 0, freeDailyMicros: 0, ...options });
  const users = createUsers({ db });
  const nothing = async () => {};
  let credits = 0;

  return {
    db,
    clock,
    wallets,
    users,
    holds: createHoldsRepository(db),

    /** Somebody with so much in the wallet, in cents. */
    async createPerson(cents = 0): Promise<string> {
      const { id } = await users.createVisitor();
      if (cents > 0) await this.credit(id, cents);
      return id;
    },

    credit(userId: string, cents: number): Promise<boolean> {
      credits += 1;
      const key = `test:${credits}`;
      return wallets.credit({ userId, amountMicros: cents * CENT, kind: 'credit', from: 'operator', key });
    },

    erase: createEraseUser({
      db,
      stopTurn: nothing,
      endLogins: nothing,
      flushRemovedChunks: nothing,
      logger: createSilentLogger(),
    }),

    /** What no test may leave behind: books that do not add up. */
    problems: () => reconcileLedger(db),

    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

export type TestWallets = Awaited<ReturnType<typeof createTestWallets>>;

/** A ledger's rows as they are, for tests that say what is written. */
export async function entriesOf(db: Knex): Promise<{ kind: string; account: string; amount_micros: number }[]> {
  return db('ledger_entries')
    .join('ledger_transactions', 'ledger_transactions.id', 'transaction_id')
    .orderBy('position')
    .select('kind', 'account', 'amount_micros');
}
