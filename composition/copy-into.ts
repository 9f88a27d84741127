import type { Config } from '../config.ts';
import { type LoadOptions, type LoadReport, loadSnapshot } from '../core/database-copy/load-snapshot.ts';
import { refuseRunning, refuseUnfit } from '../core/database-copy/refuse-unfit.ts';
import type { Snapshot } from '../core/database-copy/snapshot.ts';
import { type OpenedServer, waitForDatabase } from '../core/db/connect.ts';
import { openDatabase } from '../core/db/database.ts';
import { readDatabaseAddress } from '../core/db/database-address.ts';
import { explainDatabaseError } from '../core/db/explain-database-error.ts';
import { AppError } from '../core/errors.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { Secrets } from './secrets.ts';
import { checkStoredSecrets } from './stored-secrets.ts';

/** Whoever waits sits at a terminal, and hears sooner than a start what is wrong. */
const WAIT_MS = 5000;
const DUPLICATE_TABLE = '42P07';
const LOCK_NOT_AVAILABLE = '55P03';

export interface CopyReport extends LoadReport {
  /** In words, when something that is encrypted cannot be read with the secrets it comes with. */
  unreadable: string | null;
}

/** A database of somebody's, looked at. */
export async function openServer(url: string, variable: string, logger: Logger): Promise<OpenedServer> {
  return waitForDatabase(readDatabaseAddress(url, variable), { waitMs: WAIT_MS, logger });
}

/**
 * Fills a database with a snapshot, or says in words why not.
 * @throws AppError, SettingError
 */
export async function copyInto(
  target: OpenedServer,
  snapshot: Snapshot,
  { config, secrets, ...options }: LoadOptions & { config: Config; secrets: Secrets },
): Promise<CopyReport> {
  await refuseUnfit(target);
  await refuseRunning(target);
  const db = openDatabase(target.address, { poolSize: 1, isPooled: target.facts.pooler !== null });
  try {
    const report = await loadSnapshot(db, snapshot, options).catch((error) => {
      throw inWords(error, target);
    });
    const check = await checkStoredSecrets(toConfig(config, secrets), db);
    return { ...report, unreadable: check.state === 'failed' ? check.detail : null };
  } finally {
    await db.destroy();
  }
}

function toConfig(config: Config, { jwtSecret, encryptionKeys }: Secrets): Config {
  return {
    ...config,
    JWT_SECRET: jwtSecret,
    ENCRYPTION_KEYS: encryptionKeys.map((key) => key.toString('base64')),
  };
}

function inWords(error: unknown, { address }: OpenedServer): unknown {
  if (error instanceof AppError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === DUPLICATE_TABLE) {
    return new AppError(
      'conflict',
      `The database at ${address.place} has tables of another program with names that Parley needs. Give Parley a database or a schema of its own. Nothing was changed.`,
      { cause: error },
    );
  }
  if (code === LOCK_NOT_AVAILABLE) {
    return new AppError(
      'conflict',
      `Somebody is using the tables at ${address.place}. Stop every Parley there first. Nothing was changed.`,
      { cause: error },
    );
  }
  const known = explainDatabaseError(error, address);
  return known ? new AppError('database_unavailable', `${known.words} Nothing was changed.`, { cause: error }) : error;
}
