import type { Knex } from 'knex';
import { holdLease, sourceLease } from '../db/lease.ts';
import { createDocumentsRepository } from './documents-repository.ts';
import { createSourcesRepository } from './sources-repository.ts';

/**
 * Removes sources with all that was read of them, within a transaction: once it is committed nobody finds any of it.
 * A sync that is at work on one of them is waited for, so that it leaves nothing behind. What is left for afterwards is
 * to flush the removed chunks out of the index.
 */
export async function removeSources(trx: Knex, sourceIds: readonly string[]): Promise<void> {
  for (const id of sourceIds.toSorted()) {
    await holdLease(trx, sourceLease(id));
    await createDocumentsRepository(trx).noteRemovalOfSource(id);
    await createSourcesRepository(trx).remove(id);
  }
}
