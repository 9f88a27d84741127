import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config.ts';
import { type BackupHeader, openBackup, type WrittenTable, writeBackup } from '../core/database-copy/backup-file.ts';
import type { LoadOptions } from '../core/database-copy/load-snapshot.ts';
import { refuseNewer } from '../core/database-copy/prepare-target.ts';
import { withSnapshot } from '../core/database-copy/snapshot.ts';
import { listKnownMigrations } from '../core/db/database.ts';
import { findLastUse } from '../core/db/embedded-postgres.ts';
import { AppError } from '../core/errors.ts';
import type { Logger } from '../core/ports/logger.ts';
import manifest from '../package.json' with { type: 'json' };
import { type CopyReport, copyInto, openServer } from './copy-into.ts';
import { openDatabaseServer } from './open-database-server.ts';
import { writeSecretSettings } from './secret-settings.ts';
import { findGeneratedSecrets, placeGeneratedSecrets, type Secrets } from './secrets.ts';

export interface WrittenBackup {
  file: string;
  bytes: number;
  tables: WrittenTable[];
  /** Whether the secrets are in it; otherwise they are settings, which have to be kept as well. */
  hasSecrets: boolean;
}

/** Writes what the database holds now into a file, whether or not Parley runs. */
export async function createBackup(
  config: Config,
  { file, logger }: { file: string; logger: Logger },
): Promise<WrittenBackup> {
  await refuseExisting(file);
  if (!config.DATABASE_URL && !(await findLastUse(config.DATA_DIR))) {
    throw new AppError('invalid_request', `There is nothing to back up: Parley has never run in ${config.DATA_DIR}.`);
  }
  const isSet = config.JWT_SECRET !== undefined && config.ENCRYPTION_KEYS !== undefined;
  const secrets = isSet ? null : await findGeneratedSecrets(config.DATA_DIR);
  const server = await openDatabaseServer(config, { join: true });
  try {
    const { address } = await openServer(server.url, 'DATABASE_URL', logger);
    const tables = await withSnapshot(address, (snapshot) => {
      if (snapshot.migrations.length === 0) {
        throw new AppError('invalid_request', 'There is nothing to back up: Parley has never run on this database.');
      }
      const header = { parley_version: manifest.version, created_at: new Date().toISOString(), secrets };
      return writeBackup(file, snapshot, header);
    });
    return { file, bytes: (await stat(file)).size, tables, hasSecrets: secrets !== null };
  } finally {
    await server.close();
  }
}

async function refuseExisting(file: string): Promise<void> {
  const folder = path.dirname(path.resolve(file));
  if (!(await stat(folder).catch(() => null))?.isDirectory()) {
    throw new AppError('invalid_request', `There is no folder ${folder} to write the backup into.`);
  }
  if (await stat(file).catch(() => null)) {
    throw new AppError('invalid_request', `${file} is there already. Name a file that is not.`);
  }
}

export interface RestoredBackup extends CopyReport {
  createdAt: string;
  place: string;
  /** Where the secrets lie that have to be set now; null when nothing has to be. */
  settingsFile: string | null;
}

/**
 * Fills the embedded database, while no Parley runs on it, or the configured one. Everything about the file is checked
 * before anything changes.
 */
export async function restoreBackup(
  config: Config,
  { file, logger, ...options }: { file: string; logger: Logger } & Pick<LoadOptions, 'force' | 'signal'>,
): Promise<RestoredBackup> {
  const { header, snapshot } = await openBackup(file);
  refuseNewer(header.migrations, { known: await listKnownMigrations(), what: 'this backup' });
  const secrets = chooseSecrets(config, header);
  const server = await openDatabaseServer(config, { join: false });
  try {
    const target = await openServer(server.url, 'DATABASE_URL', logger);
    const place = config.DATABASE_URL
      ? `the database at ${target.address.place}`
      : `the database in ${config.DATA_DIR}`;
    const report = await copyInto(target, snapshot, { ...options, config, secrets, place });
    return { ...report, createdAt: header.created_at, place, settingsFile: await keepSecrets(config, header) };
  } finally {
    await server.close();
  }
}

/** Those that fit what is encrypted in the backup; where it has none, they were settings and have to be set here. */
function chooseSecrets(config: Config, { secrets }: BackupHeader): Secrets {
  if (!secrets && !(config.JWT_SECRET && config.ENCRYPTION_KEYS)) {
    throw new AppError(
      'invalid_request',
      'The secrets are not in this backup, because they were settings. Set JWT_SECRET and ENCRYPTION_KEYS to what they were there, and restore it then. Nothing was changed.',
    );
  }
  const keys = secrets ? [secrets.encryptionKey] : (config.ENCRYPTION_KEYS ?? []);
  return {
    jwtSecret: secrets?.jwtSecret ?? config.JWT_SECRET ?? '',
    encryptionKeys: keys.map((key) => Buffer.from(key, 'base64')),
  };
}

/** Settings win over generated secrets: where there are some, only a person can put the right ones in. */
async function keepSecrets(config: Config, { secrets }: BackupHeader): Promise<string | null> {
  if (!secrets) return null;
  const { JWT_SECRET, ENCRYPTION_KEYS } = config;
  if (!config.DATABASE_URL) await placeGeneratedSecrets(config.DATA_DIR, secrets);
  const isSame =
    (!JWT_SECRET || JWT_SECRET === secrets.jwtSecret) &&
    (!ENCRYPTION_KEYS || ENCRYPTION_KEYS.includes(secrets.encryptionKey));
  if (isSame) return null;
  return writeSecretSettings(path.join(config.DATA_DIR, 'restored.env'), {
    JWT_SECRET: secrets.jwtSecret,
    ENCRYPTION_KEYS: secrets.encryptionKey,
  });
}
