import ipaddr from 'ipaddr.js';
import type { Knex } from 'knex';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../core/errors.ts';
import { createShares } from './rate-limit-shares.ts';

const MINUTE_SECONDS = 60;
const KEY_CHECKS_PER_MINUTE = 10;
const LINK_LOOKS_PER_MINUTE = 30;

export type RateLimits = ReturnType<typeof createRateLimits>;

/**
 * Counts per minute, in the database, so that every process counts the same. While the database is away each process
 * counts for itself. Who is over the limit is remembered in memory: refusing costs no query.
 */
export function createRateLimits({
  db,
  questionsPerMinute,
  requestsPerMinute,
  keyRequestsPerMinute,
}: {
  db: Knex;
  questionsPerMinute: number;
  requestsPerMinute: number;
  /** With one API key, in this process. */
  keyRequestsPerMinute: number;
}) {
  const createLimiter = (keyPrefix: string, points: number, clearsExpired = false) =>
    new RateLimiterPostgres({
      storeClient: db,
      storeType: 'knex',
      tableName: 'rate_limits',
      tableCreated: true,
      clearExpiredByTimeout: clearsExpired,
      keyPrefix,
      points,
      duration: MINUTE_SECONDS,
      inMemoryBlockOnConsumed: points + 1,
      insuranceLimiter: new RateLimiterMemory({ keyPrefix, points, duration: MINUTE_SECONDS }),
    });
  const questions = createLimiter('question', questionsPerMinute, true);
  const requests = createShares(createLimiter('request', requestsPerMinute));
  // A visitor costs a row for good, and a page needs only one: a sixth is plenty even behind a shared address.
  const visitors = createLimiter('visitor', Math.ceil(requestsPerMinute / 6));

  // Saving a key asks its provider; somebody who tries out keys that are not theirs is to get nowhere.
  const keyChecks = createLimiter('key_check', KEY_CHECKS_PER_MINUTE);
  // A person opens a link once or twice; a code has 128 bits, so this is for whoever tries all the same.
  const linkLooks = createLimiter('link', LINK_LOOKS_PER_MINUTE);
  // In memory: what programs spend is counted exactly elsewhere, and this only keeps one of them from taking all.
  const keys = new RateLimiterMemory({ points: keyRequestsPerMinute, duration: MINUTE_SECONDS });

  return {
    /** @throws AppError `rate_limited`, like the others */
    countQuestion: (userId: string) =>
      consume(questions, userId, (wait) => `You are asking faster than I may answer. Please wait ${wait}.`),
    countKeyCheck: (userId: string) =>
      consume(keyChecks, userId, (wait) => `That were many keys at once. Please wait ${wait}.`),
    countKeyRequest: (keyId: string) =>
      consume(keys, keyId, (wait) => `This key asks faster than it may. Please wait ${wait}.`),
    countRequest: (address: string) =>
      consume(requests, toNetwork(address), (wait) => `Too many requests from your network. Please wait ${wait}.`),
    countNewVisitor: (address: string) =>
      consume(visitors, toNetwork(address), (wait) => `Too many new visitors from your network. Please wait ${wait}.`),
    countLinkLook: (address: string) =>
      consume(
        linkLooks,
        toNetwork(address),
        (wait) => `Too many links were tried from your network. Please wait ${wait}.`,
      ),
  };
}

async function consume(
  limiter: { consume(key: string): Promise<unknown> },
  key: string,
  toSentence: (wait: string) => string,
): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
    throw new AppError('rate_limited', toSentence(seconds === 1 ? 'a second' : `${seconds} seconds`), {
      retryAfterSeconds: seconds,
    });
  }
}

/** An IPv6 customer has a whole /64 to ask from, so that is what counts as one address. */
export function toNetwork(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString().replace(/%.*$/, '')}/64`)}/64`;
}
