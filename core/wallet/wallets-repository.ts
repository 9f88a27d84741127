import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { prepared } from '../db/database.ts';
import { toWallet, type Wallet, type WalletRow } from './wallet.ts';

/**
 * Today's allowance counts only once it has been given: until then, what stands there is left from another day. A day
 * later than today is one that a process with a faster clock has begun.
 */
const FIND = `
select wallets.*, coalesce(free_day >= cast(:day as date), false) as has_free from wallets where user_id = :userId`;

interface LockedWallet extends Wallet {
  freeDay: string | null;
  /** Null once its owner was erased, or became one with the owner of `mergedInto`. */
  userId: string | null;
  mergedInto: string | null;
}

export function createWalletsRepository(db: Knex) {
  return {
    /** @param day today's in UTC, as `2026-01-31` */
    async findOfUser(userId: string, day: string): Promise<(Wallet & { hasFree: boolean }) | null> {
      const { rows } = await db.raw(FIND, { userId, day }).options(prepared('wallet_find'));
      return rows[0] ? { ...toWallet(rows[0]), hasFree: rows[0].has_free } : null;
    },

    /** The id of a new wallet; null when the person has one. */
    async insert(userId: string): Promise<string | null> {
      const [row] = await db('wallets')
        .insert({ id: randomUUID(), user_id: userId })
        .onConflict('user_id')
        .ignore()
        .returning('id');
      return row?.id ?? null;
    },

    /**
     * To be used in a transaction: nobody else moves these wallets until its end. Whoever needs several names them all
     * at once: they are taken in the order of their ids, so that nobody waits in a circle.
     */
    async lockAll(ids: readonly string[]): Promise<void> {
      await db('wallets').whereIn('id', ids).orderBy('id').forNoKeyUpdate().select('id');
    },

    async lock(id: string): Promise<LockedWallet> {
      const row = await db('wallets')
        .where({ id })
        .forNoKeyUpdate()
        .first<WalletRow & { free_date: string | null; user_id: string | null; merged_into: string | null }>(
          '*',
          db.raw('free_day::text as free_date'),
        );
      if (!row) throw new Error('a wallet that existed is gone');
      return { ...toWallet(row), freeDay: row.free_date, userId: row.user_id, mergedInto: row.merged_into };
    },

    async lockOfUser(userId: string): Promise<Wallet | null> {
      const row = await db('wallets').where({ user_id: userId }).forNoKeyUpdate().first();
      return row ? toWallet(row) : null;
    },

    /** Of these people, and those that were merged into one of theirs. */
    async listIdsOfUsers(userIds: readonly string[]): Promise<string[]> {
      const own = () => db('wallets').whereIn('user_id', userIds).select('id');
      return db('wallets').whereIn('id', own()).orWhereIn('merged_into', own()).pluck('id');
    },

    /** The wallet that has this one's money now, in case it was merged. */
    async findCurrentId(id: string): Promise<string> {
      const row = await db('wallets').where({ id }).first('merged_into');
      return row?.merged_into ?? id;
    },

    /** Those with money that does not belong there any more: their owner owes it, or is somebody else, or gone. */
    async listLeftovers(limit: number): Promise<string[]> {
      return db('wallets')
        .whereRaw('balance_micros > held_micros and (owed_micros > 0 or user_id is null)')
        .limit(limit)
        .pluck('id');
    },

    async setFreeDay(id: string, day: string): Promise<void> {
      await db('wallets').where({ id }).update({ free_day: day });
    },

    /** After a credit: warnings begin anew from what there is now. */
    async noteFull(id: string): Promise<void> {
      await db('wallets')
        .where({ id })
        .update({ full_micros: db.ref('balance_micros'), warned_percent: null });
    },
  };
}
