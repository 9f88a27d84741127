import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config.ts';
import type { DatabaseAddress } from '../core/db/database-address.ts';
import { findLastUse } from '../core/db/embedded-postgres.ts';

const MARK = 'moved-to';

/** Notes in a data folder that everything in it is somewhere else now. */
export async function markMoved(dataDir: string, { place, database }: DatabaseAddress): Promise<void> {
  await writeFile(path.join(dataDir, MARK), `${place}/${database} on ${toDay(new Date())}\n`, { mode: 0o600 });
}

/** What lies in the data folder and is not used, in words for the start; null when nothing does. */
export async function describeLeftBehind({ DATA_DIR, DATABASE_URL }: Config): Promise<string | null> {
  const folder = path.resolve(DATA_DIR);
  const movedTo = (await readFile(path.join(folder, MARK), 'utf8').catch(() => '')).trim();
  if (!DATABASE_URL) {
    return movedTo === ''
      ? null
      : `What ${folder} holds was moved to ${movedTo}, and this start uses it without DATABASE_URL: what is written now stays here. Set DATABASE_URL again, or delete the file ${MARK} there if this is meant.`;
  }
  const lastUse = movedTo === '' ? await findLastUse(folder) : null;
  if (!lastUse) return null;
  return `${folder} holds a database of Parley's own, last used on ${toDay(lastUse)}: its chats, accounts, balances, linked accounts, keys and documents are not in the one that DATABASE_URL names. To move them there: stop Parley, and run parley move. If they are not wanted, delete the folder.`;
}

function toDay(date: Date): string {
  return date.toISOString().slice(0, 10);
}
