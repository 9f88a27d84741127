import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import { type OpenedServer, waitForDatabase } from '../core/db/connect.ts';
import { migrate, openDatabase } from '../core/db/database.ts';
import { readDatabaseAddress } from '../core/db/database-address.ts';
import { createDatabaseHealth, type DatabaseHealth } from '../core/db/database-health.ts';
import { explainDatabaseError } from '../core/db/explain-database-error.ts';
import { createNotifications, type Notifications } from '../core/db/notifications.ts';
import { isSameDatabase } from '../core/db/same-database.ts';
import { SettingError } from '../core/errors.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { DatabaseServer } from './open-database-server.ts';

export interface OpenedDatabase {
  db: Knex;
  notifications: Notifications;
  health: DatabaseHealth;
  route: DatabaseRoute;
  /** What an error of the database means for the operator; null for any other. */
  explain(error: unknown): string | null;
}

/** How the database is reached, for whoever runs Parley. */
export interface DatabaseRoute {
  /** Such as `your PostgreSQL 17.2, over a pooler in transaction mode`. */
  words: string;
  /** What would be better, or null. */
  hint: string | null;
}

/**
 * Opens the database, migrated: finds out whether a pooler is in between and what it keeps, and hears signals where a
 * connection stays the same. A process has DATABASE_POOL_SIZE connections and never more, the one for signals included.
 * @throws SettingError, AppError in words for the operator
 */
export async function openMigratedDatabase(
  config: Config,
  { server, logger, clock }: { server: DatabaseServer; logger: Logger; clock: Clock },
): Promise<OpenedDatabase> {
  const patience = { waitMs: config.DATABASE_WAIT_SECONDS * 1000, logger };
  const main = await waitForDatabase(readDatabaseAddress(server.url), patience);
  const direct = await openDirect(config, main, patience);
  const isPooled = main.facts.pooler !== null;
  const line = [direct, main].find((opened) => opened && opened.facts.pooler !== 'transaction') ?? null;
  if (main.address.tls === 'require' || main.address.tls === 'prefer') {
    logger.warn(
      { sslmode: main.address.tls },
      'the connection to the database is encrypted, but not checked: sslmode=verify-full finds out whether the server is who it says',
    );
  }

  await migrateOver(direct ?? main);
  const health = createDatabaseHealth({ db: () => db, clock });
  const db = openDatabase(main.address, {
    poolSize: config.DATABASE_POOL_SIZE - (line ? 1 : 0),
    isPooled,
    onFailure: health.noteFailure,
  });
  return {
    db,
    notifications: createNotifications({ address: line?.address ?? null, logger }),
    health,
    route: describeRoute(config, main, direct, line !== null),
    explain: (error) => explainDatabaseError(error, main.address)?.words ?? null,
  };
}

async function openDirect(
  config: Config,
  main: OpenedServer,
  patience: { waitMs: number; logger: Logger },
): Promise<OpenedServer | null> {
  if (!config.DATABASE_DIRECT_URL) return null;
  const direct = await waitForDatabase(
    readDatabaseAddress(config.DATABASE_DIRECT_URL, 'DATABASE_DIRECT_URL'),
    patience,
  );
  if (direct.facts.schema !== main.facts.schema || !(await isSameDatabase(main.address, direct.address))) {
    throw new SettingError(
      'DATABASE_DIRECT_URL leads to another database (or another schema) than DATABASE_URL. Both have to end at the same one: the first without a pooler in between.',
    );
  }
  return direct;
}

async function migrateOver({ address, facts }: OpenedServer): Promise<void> {
  const db = openDatabase(address, { poolSize: 1, isPooled: facts.pooler !== null });
  try {
    await migrate(db);
  } catch (error) {
    const trouble = explainDatabaseError(error, address);
    if (trouble?.isFinal) throw new SettingError(trouble.words, { cause: error });
    throw error;
  } finally {
    await db.destroy();
  }
}

function describeRoute(
  config: Config,
  main: OpenedServer,
  direct: OpenedServer | null,
  hasLine: boolean,
): DatabaseRoute {
  const whose = config.DATABASE_URL
    ? `your PostgreSQL ${main.facts.version}`
    : `embedded PostgreSQL in ${config.DATA_DIR}`;
  if (!config.DATABASE_URL) return { words: whose, hint: 'DATABASE_URL uses your own' };
  const { pooler } = main.facts;
  if (pooler === null) return { words: whose, hint: null };
  const over = `${whose}, over a pooler in ${pooler} mode`;
  if (direct && hasLine && direct.facts.pooler === null) {
    return { words: `${over}; signals and migrations over DATABASE_DIRECT_URL`, hint: null };
  }
  if (hasLine) return { words: over, hint: null };
  return {
    words: `${over}; news of other processes is looked for once a second`,
    hint: direct
      ? 'DATABASE_DIRECT_URL leads to a pooler in transaction mode as well: name the server itself'
      : 'DATABASE_DIRECT_URL, an address without the pooler, lets them be heard at once',
  };
}
