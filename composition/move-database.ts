import path from 'node:path';
import type { Config } from '../config.ts';
import type { LoadOptions } from '../core/database-copy/load-snapshot.ts';
import { refuseRunning } from '../core/database-copy/refuse-unfit.ts';
import { withSnapshot } from '../core/database-copy/snapshot.ts';
import type { OpenedServer } from '../core/db/connect.ts';
import { findLastUse } from '../core/db/embedded-postgres.ts';
import { isSameDatabase } from '../core/db/same-database.ts';
import { AppError } from '../core/errors.ts';
import type { Logger } from '../core/ports/logger.ts';
import { type CopyReport, copyInto, openServer } from './copy-into.ts';
import { markMoved } from './left-behind.ts';
import { openDatabaseServer } from './open-database-server.ts';
import { writeSecretSettings } from './secret-settings.ts';
import { findGeneratedSecrets, loadSecrets, type Secrets } from './secrets.ts';

export interface MovedDatabase extends CopyReport {
  from: string;
  to: string;
  /** Where the settings lie with which Parley runs on the new database. */
  settingsFile: string;
}

type MoveOptions = { to: string | undefined; logger: Logger } & Pick<LoadOptions, 'onTable' | 'signal'>;

/**
 * Copies everything into another, unused database, while no Parley runs on the old one, which stays as it is. With
 * DATABASE_URL set to where it is to go, it comes from the embedded database in the data folder.
 */
export async function moveDatabase(config: Config, { to, logger, ...options }: MoveOptions): Promise<MovedDatabase> {
  const url = to ?? config.DATABASE_URL;
  if (!url)
    throw new AppError('invalid_request', 'Say where to: parley move --to postgres://user:password@host/database');
  const variable = to === undefined ? 'DATABASE_URL' : '--to';
  const target = await openServer(url, variable, logger);
  const isFromFolder = !config.DATABASE_URL || (await leadsTo(config.DATABASE_URL, target, logger));
  if (isFromFolder) await refuseMissing(config);
  const source: Config = isFromFolder ? { ...config, DATABASE_URL: undefined } : config;
  const secrets = await findSecrets(config, isFromFolder);
  const server = await openDatabaseServer(source, { join: false });
  try {
    const opened = await openServer(server.url, 'DATABASE_URL', logger);
    if (!isFromFolder) await refuseRunning(opened);
    const place = `the database at ${target.address.place}`;
    const report = await withSnapshot(opened.address, (snapshot) => {
      if (snapshot.migrations.length === 0) throw new AppError('invalid_request', 'There is nothing to move.');
      return copyInto(target, snapshot, { ...options, config, secrets, force: false, place });
    });
    const settingsFile = await writeSecretSettings(path.join(config.DATA_DIR, 'moved.env'), {
      DATABASE_URL: url,
      JWT_SECRET: secrets.jwtSecret,
      ENCRYPTION_KEYS: secrets.encryptionKeys.map((key) => key.toString('base64')).join(','),
    });
    if (isFromFolder) await markMoved(config.DATA_DIR, target.address);
    const from = isFromFolder ? `the database in ${config.DATA_DIR}` : `the database at ${opened.address.place}`;
    return { ...report, from, to: place, settingsFile };
  } finally {
    await server.close();
  }
}

async function leadsTo(url: string, target: OpenedServer, logger: Logger): Promise<boolean> {
  const configured = await openServer(url, 'DATABASE_URL', logger);
  return isSameDatabase(configured.address, target.address);
}

async function refuseMissing({ DATA_DIR, DATABASE_URL }: Config): Promise<void> {
  if (await findLastUse(DATA_DIR)) return;
  throw new AppError(
    'invalid_request',
    DATABASE_URL
      ? `Parley uses that database already, and there is no other in ${DATA_DIR} to move into it.`
      : `There is nothing to move: Parley has never run in ${DATA_DIR}.`,
  );
}

/** What is in the data folder was encrypted with what was generated there, whatever is set for the other database. */
async function findSecrets(config: Config, isFromFolder: boolean): Promise<Secrets> {
  const isSetForIt = !config.DATABASE_URL && config.JWT_SECRET && config.ENCRYPTION_KEYS;
  const generated = isFromFolder && !isSetForIt ? await findGeneratedSecrets(config.DATA_DIR) : null;
  if (!generated || !config.DATABASE_URL) return loadSecrets(config);
  return { jwtSecret: generated.jwtSecret, encryptionKeys: [Buffer.from(generated.encryptionKey, 'base64')] };
}
