import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Knex } from 'knex';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { MIGRATION_LOCK } from '../db/database.ts';
import { AppError } from '../errors.ts';
import { findLedgerProblems, type LedgerProblem } from '../wallet/reconcile.ts';
import type { CopiedTable } from './copied-tables.ts';
import { prepareTarget } from './prepare-target.ts';
import { createRowChecksum, type TableSum } from './row-checksum.ts';
import { named, readRows, SAME_TEXT_EVERYWHERE, type Snapshot, type TableContents } from './snapshot.ts';
import { withoutReferences, withoutTriggers } from './without-triggers.ts';

export interface LoadedTable extends TableSum {
  name: string;
}

export interface LoadReport {
  /** Each read back and found to be what was sent. */
  tables: LoadedTable[];
  /** What does not add up in the books; nothing, unless it did not before either. */
  ledgerProblems: LedgerProblem[];
  /** Tables of others that lay beside Parley's in the schema it was copied from. */
  leftOut: string[];
}

export interface LoadOptions {
  /** Whether what people have written there may be deleted. */
  force: boolean;
  /** Words for the database, such as `the database on db.example:5432`. */
  place: string;
  onTable?(table: LoadedTable): void;
  signal?: AbortSignal;
}

/** Whoever uses a table that is to be emptied is somebody who runs there. */
const LOCK_WAIT = `set local lock_timeout = '10s'`;

/**
 * Fills a database with a snapshot, all of it or nothing: makes the tables the snapshot was taken of, copies the rows,
 * reads them back to compare counts and sums, and brings the tables up to date. Each row passes through once and is not kept.
 * @throws AppError `conflict` when people have used the database, `invalid_request` when what is copied is newer or damaged
 */
export async function loadSnapshot(db: Knex, snapshot: Snapshot, options: LoadOptions): Promise<LoadReport> {
  return db.transaction(async (trx) => {
    await trx.raw('select pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
    const client: pg.ClientBase = await trx.client.acquireConnection();
    await client.query(`${SAME_TEXT_EVERYWHERE}; ${LOCK_WAIT}`);
    const { force, place } = options;
    const targets = await prepareTarget(trx, client, { migrations: snapshot.migrations, force, place });
    const report: LoadReport = { tables: [], ledgerProblems: [], leftOut: [] };
    await withoutTriggers(client, targets, () =>
      withoutReferences(client, targets, async () => {
        for await (const table of snapshot.tables()) {
          options.signal?.throwIfAborted();
          if (!targets.some(({ name }) => name === table.name)) {
            report.leftOut.push(table.name);
            for await (const _ of table.rows);
            continue;
          }
          const loaded = { name: table.name, ...(await copyTable(client, table, options.signal)) };
          report.tables.push(loaded);
          options.onTable?.(loaded);
        }
      }),
    );
    for (const target of targets) await continueNumbers(client, target);
    await trx.migrate.latest();
    report.ledgerProblems = await findLedgerProblems(trx);
    return report;
  });
}

async function copyTable(client: pg.ClientBase, table: TableContents, signal?: AbortSignal): Promise<TableSum> {
  const sent = createRowChecksum();
  const stream = client.query(copyFrom(`copy ${named(table)} from stdin`));
  await pipeline(Readable.from(counted(table.rows, sent)), stream, signal ? { signal } : {});
  const arrived = createRowChecksum();
  for await (const chunk of readRows(client, table)) arrived.add(chunk);
  const [before, after] = [sent.result(), arrived.result()];
  if (before.rows === after.rows && before.checksum === after.checksum) return after;
  throw new AppError(
    'conflict',
    `The table ${table.name} did not arrive as it was sent: ${before.rows} rows with the sum ${before.checksum}, ${after.rows} with ${after.checksum} there. Nothing was changed.`,
  );
}

async function* counted(rows: AsyncIterable<Buffer>, sum: { add(chunk: Buffer): void }): AsyncGenerator<Buffer> {
  for await (const chunk of rows) {
    sum.add(chunk);
    yield chunk;
  }
}

/** Columns that number by themselves go on after the highest number that was copied. */
async function continueNumbers(client: pg.ClientBase, { name, columns }: CopiedTable): Promise<void> {
  const table = pg.escapeIdentifier(name);
  const { rows } = await client.query<{ column: string; sequence: string }>(
    `select c as column, pg_get_serial_sequence($1, c) as sequence from unnest($2::text[]) c
     where pg_get_serial_sequence($1, c) is not null`,
    [table, columns],
  );
  for (const { column, sequence } of rows) {
    const highest = `(select max(${pg.escapeIdentifier(column)}) from ${table})`;
    await client.query(`select setval($1, coalesce(${highest}, 0) + 1, false)`, [sequence]);
  }
}
