import type { Knex } from 'knex';
import { slackColumns } from '../bots/slack/encrypted-columns.ts';
import { tokensColumn as twitchTokensColumn } from '../bots/twitch/user-tokens.ts';
import type { CheckResult } from '../cli/command-line.ts';
import type { Config } from '../config.ts';
import type { EncryptedColumn } from '../core/encryption/encrypted-column.ts';
import { createEncryption } from '../core/encryption/encryption.ts';
import { type Rotation, rotateKeys } from '../core/encryption/rotate-keys.ts';
import { inspectSecrets } from '../core/encryption/stored-secrets.ts';
import { tokensColumn as identityTokensColumn } from '../core/identities/sealed-tokens.ts';
import type { Logger } from '../core/ports/logger.ts';
import { apiKeyColumn } from '../core/provider-keys/api-key-column.ts';
import { openMigratedDatabase } from './open-database.ts';
import { openDatabaseServer } from './open-database-server.ts';
import { loadSecrets } from './secrets.ts';

/** What Discord's interactions and sign-ins under way keep encrypted is of no use a quarter of an hour later. */
const COLUMNS: EncryptedColumn[] = [apiKeyColumn, identityTokensColumn, ...slackColumns, twitchTokensColumn];

/** Encrypts all stored secrets again with the first of ENCRYPTION_KEYS. Needs the database only. */
export async function rotateStoredSecrets(
  config: Config,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<Rotation[]> {
  const { encryptionKeys } = await loadSecrets(config);
  const server = await openDatabaseServer(config, { join: true });
  const clock = { now: () => new Date() };
  const { db } = await openMigratedDatabase(config, { server, logger, clock }).catch(async (error) => {
    await server.close();
    throw error;
  });
  try {
    return await rotateKeys({ db, encryption: createEncryption({ keys: encryptionKeys }), columns: COLUMNS, signal });
  } finally {
    await db.destroy();
    await server.close();
  }
}

const SHOWN = 5;

/** For `parley doctor`: whether all stored secrets can be read, and with which keys. */
export async function checkStoredSecrets(config: Config, db: Knex): Promise<CheckResult> {
  const { encryptionKeys } = await loadSecrets(config);
  const encryption = createEncryption({ keys: encryptionKeys });
  const { current, outdated, unreadable } = await inspectSecrets({ db, encryption }, COLUMNS);
  if (unreadable.length > 0) {
    const shown = unreadable.slice(0, SHOWN).join(', ') + (unreadable.length > SHOWN ? ', …' : '');
    return {
      state: 'failed',
      detail: `${unreadable.length} of ${current + outdated + unreadable.length} cannot be read: ${shown}.`,
      fix: 'Add the key they were encrypted with to the end of ENCRYPTION_KEYS, or have them set anew.',
    };
  }
  if (outdated > 0) {
    return {
      state: 'warning',
      detail: `${outdated} of ${current + outdated} are encrypted with an older key.`,
      fix: 'Run: parley rotate-keys',
    };
  }
  return { state: 'ok', detail: `${current}, encrypted with the first key.` };
}
