import pg from 'pg';
import type { OpenedServer } from '../db/connect.ts';
import { createClient } from '../db/server-facts.ts';
import { AppError } from '../errors.ts';

/** As `DATABASE_URL` is documented. */
const FIRST_MAJOR = 15;

/**
 * Refuses a database in which a copy would not be what it was, or that a running Parley uses.
 * @throws AppError `conflict` in words
 */
export async function refuseUnfit({ address, facts }: OpenedServer): Promise<void> {
  if (Number.parseInt(facts.version, 10) < FIRST_MAJOR) {
    throw new AppError(
      'conflict',
      `The server at ${address.place} is PostgreSQL ${facts.version}, and Parley needs ${FIRST_MAJOR} or newer. Nothing was changed.`,
    );
  }
  const encoding = await ask(address, 'show server_encoding', (row) => row.server_encoding);
  if (encoding !== 'UTF8') {
    throw new AppError(
      'conflict',
      `The database at ${address.place} has the encoding ${encoding}, and not everything people write can be kept in it. Make one with: create database ${pg.escapeIdentifier(address.database)} encoding 'UTF8' template template0. Nothing was changed.`,
    );
  }
}

/**
 * Refuses a database that a running Parley listens to. Behind a pooler nobody can tell whose connections they are.
 * @throws AppError `conflict` in words
 */
export async function refuseRunning({ address, facts }: OpenedServer): Promise<void> {
  if (facts.pooler !== null) return;
  const running = await ask(
    address,
    `select count(*) as lines from pg_stat_activity where datname = current_database() and application_name = 'parley-signals'`,
    (row) => Number(row.lines),
  );
  if (running === 0) return;
  throw new AppError(
    'conflict',
    `Parley is running on the database at ${address.place}. Stop it everywhere first: what is written meanwhile would be lost. Nothing was changed.`,
  );
}

async function ask<Answer>(
  address: OpenedServer['address'],
  sql: string,
  read: (row: Record<string, unknown>) => Answer,
): Promise<Answer> {
  const client = createClient(address, 'parley-copy');
  await client.connect();
  try {
    const { rows } = await client.query(sql);
    return read(rows[0]);
  } finally {
    await client.end();
  }
}
