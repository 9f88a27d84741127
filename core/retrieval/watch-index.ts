import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../ports/logger.ts';

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 5_000;

export interface WatchedIndex {
  isOpen(): boolean;
  open(): Promise<void>;
  /** Throws when the store cannot be reached, or has lost what it had. */
  check(): Promise<void>;
  isGone(): boolean;
  onGone(): void;
  /** Called when the index is open that was not before. */
  onOpened(): Promise<void>;
  signal: AbortSignal;
  logger: Logger;
}

/**
 * Looks after an index for as long as the process runs: opens it when its store comes up, and again when that has lost
 * it, without waiting for a restart or for the next sync by the clock. It never throws.
 */
export async function watchIndex(index: WatchedIndex): Promise<void> {
  const { signal, logger } = index;
  let delayMs = FIRST_RETRY_MS;
  let settling: Promise<void> = Promise.resolve();
  for (;;) {
    await sleep(delayMs, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return settling;
    delayMs = index.isOpen() ? LONGEST_RETRY_MS : Math.min(delayMs * 2, LONGEST_RETRY_MS);
    if (index.isOpen() && (await isWell())) continue;
    const isNew = !index.isOpen() || index.isGone();
    if (!isNew) {
      delayMs = FIRST_RETRY_MS;
      continue;
    }
    if (index.isOpen()) logger.warn({}, 'the document index is gone from its store; it is built anew');
    index.onGone();
    // Looked after meanwhile too: filling it takes long, and what is being filled may be lost again.
    if (await isOpened()) settling = Promise.all([settling, settle()]).then(() => {});
  }

  async function isWell(): Promise<boolean> {
    return index.check().then(
      () => true,
      () => false,
    );
  }

  async function isOpened(): Promise<boolean> {
    try {
      await index.open();
      return true;
    } catch (error) {
      logger.debug({ err: error }, 'the document index is still not ready');
      return false;
    }
  }

  async function settle(): Promise<void> {
    logger.info({}, 'the document index is ready');
    await index.onOpened().catch((error) => {
      if (!signal.aborted) logger.warn({ err: error }, 'documents could not be brought up to date');
    });
  }
}
