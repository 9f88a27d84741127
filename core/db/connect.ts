import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, SettingError } from '../errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { DatabaseAddress } from './database-address.ts';
import { explainDatabaseError } from './explain-database-error.ts';
import { readServerFacts, type ServerFacts } from './server-facts.ts';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;
/** A server that is starting makes its socket within seconds; in a wrong folder it never appears. */
const SOCKET_WAIT_MS = 3000;

export interface OpenedServer {
  /** With TLS or without it, as was found where the address leaves that open. */
  address: DatabaseAddress;
  facts: ServerFacts;
}

/**
 * Waits until the database answers and takes writes, with growing pauses. What only a change can mend is told at once.
 * @throws SettingError in words for the operator when the address or the server has to be changed
 * @throws AppError `database_unavailable` in words when it does not answer within `waitMs`
 */
export async function waitForDatabase(
  address: DatabaseAddress,
  { waitMs, logger }: { waitMs: number; logger: Logger },
): Promise<OpenedServer> {
  const startedAt = Date.now();
  for (let pauseMs = FIRST_WAIT_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_WAIT_MS)) {
    const { opened, words, isFinal, cause } = await tryOnce(address);
    if (opened) return opened;
    if (isFinal) throw new SettingError(words, { cause });
    const patienceMs = isMissingSocket(cause) ? Math.min(SOCKET_WAIT_MS, waitMs) : waitMs;
    if (Date.now() + pauseMs > startedAt + patienceMs) {
      const seconds = Math.round(patienceMs / 1000);
      throw new AppError(
        'database_unavailable',
        `The database in ${address.variable} did not answer within ${seconds} seconds. ${words}`,
        { cause },
      );
    }
    logger.warn({ reason: words, retryInMs: pauseMs }, 'the database does not answer yet; trying again');
    await sleep(pauseMs);
  }
}

interface Attempt {
  opened: OpenedServer | null;
  words: string;
  isFinal: boolean;
  cause: unknown;
}

async function tryOnce(address: DatabaseAddress): Promise<Attempt> {
  try {
    const opened = await open(address);
    return { opened, cause: null, ...findUnfit(opened) };
  } catch (cause) {
    if (isMissingSocket(cause) && !existsSync(path.dirname(address.place))) {
      const words = `The database cannot be used: there is no folder ${path.dirname(address.place)}, where ${address.variable} says the socket of the server is. Correct it.`;
      return { opened: null, words, isFinal: true, cause };
    }
    const known = explainDatabaseError(cause, address);
    const words = `The database in ${address.variable} (${address.place}) cannot be used: ${cause instanceof Error ? cause.message : cause}`;
    return { opened: null, words: known?.words ?? words, isFinal: known?.isFinal ?? false, cause };
  }
}

/** Where TLS is only preferred, the server decides: one without it is taken as it is. */
async function open(address: DatabaseAddress): Promise<OpenedServer> {
  try {
    return { address, facts: await readServerFacts(address) };
  } catch (error) {
    const mayBePlain = address.tls === 'prefer' || address.tls === 'allow';
    if (!mayBePlain || !(error instanceof Error) || !/does not support SSL/.test(error.message)) throw error;
    const plain: DatabaseAddress = { ...address, tls: 'disable', client: { ...address.client, ssl: false } };
    return { address: plain, facts: await readServerFacts(plain) };
  }
}

/** What answers, and still cannot hold what Parley keeps. */
function findUnfit({ address, facts }: OpenedServer): Pick<Attempt, 'words' | 'isFinal'> & { opened?: null } {
  const { variable } = address;
  const unfit = (words: string, isFinal: boolean) => ({ opened: null, words, isFinal });
  if (facts.isStandby) {
    return unfit(
      `The server named in ${variable} is a standby, which can only be read. Give the address of the primary, or of a pooler or balancer that follows it.`,
      true,
    );
  }
  if (facts.isReadOnly) {
    return unfit(
      `The database named in ${variable} is read-only (default_transaction_read_only is on). Some hosts do that when a disk is full: make room, or turn it off.`,
      false,
    );
  }
  const wanted = address.searchPath;
  if (wanted !== null && normalise(wanted) !== normalise(facts.searchPath)) {
    return unfit(
      `${variable} sets search_path=${wanted} in its options, and a pooler on the way drops that. Take it out, and run: alter role ${address.user} in database ${address.database} set search_path = ${wanted}`,
      true,
    );
  }
  if (facts.schema === null) {
    return unfit(
      `No schema in the search_path (${facts.searchPath}) of the role ${address.user} in ${variable} exists. Create one of them, or set another search_path.`,
      true,
    );
  }
  return { words: '', isFinal: false };
}

function normalise(searchPath: string): string {
  return searchPath.replace(/["\s]/g, '');
}

function isMissingSocket(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
