import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { isForeignKeyViolation } from '../db/constraint-violation.ts';
import type { Page, PageRequest } from '../db/page.ts';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { toDollars } from '../wallet/money.ts';
import type { Wallets } from '../wallet/wallets.ts';
import type { ApiKey, ApiKeySettings } from './api-key.ts';
import { createApiKeysRepository } from './api-keys-repository.ts';
import { createKeyText, hashOf, isKeyText, prefixOf } from './key-text.ts';

export interface ApiKeysOptions {
  db: Knex;
  clock: Clock;
  logger: Logger;
  /** Tells what other processes send on a channel of the database. */
  subscribe(channel: string, handler: (payload: string) => void): void;
  wallets: Pick<Wallets, 'open' | 'purchase'>;
  /** Whether people pay for what they use. */
  isPaid: boolean;
  /** What making a key costs, where people pay. */
  priceMicros: number;
}

export interface NewApiKey extends Partial<Omit<ApiKeySettings, 'isActive'>> {
  userId: string;
  name: string;
}

export type ApiKeys = ReturnType<typeof createApiKeys>;

const CHANGED = 'parley_api_key_changed';
/** A change arrives at once by signal. Should the signal be lost, a revoked key still works for less than a second. */
const CACHE_MS = 800;
const MOST_CACHED = 5000;
/** How often the use of a key is written down. */
const NOTE_USE_MS = 60_000;
const MOST_KEYS = 100;

/** Keys of people for their programs: shown once, kept as a hash, and without effect within a second of their end. */
export function createApiKeys({ db, clock, logger, subscribe, wallets, ...price }: ApiKeysOptions) {
  const rows = createApiKeysRepository(db);
  /** By hash, what was looked up lately and until when that may be believed; null for no such key. */
  const cache = new Map<string, { key: ApiKey | null; until: number }>();
  /** When each key's use was last written down by this process. */
  const noted = new Map<string, number>();
  /** Raised by every change, so that what was read before one is not kept after it. */
  let changes = 0;

  function forget(id: string): void {
    changes += 1;
    for (const [hash, { key }] of cache) if (key?.id === id) cache.delete(hash);
  }
  subscribe(CHANGED, forget);

  async function find(hash: string): Promise<ApiKey | null> {
    const now = clock.now().getTime();
    const cached = cache.get(hash);
    if (cached && cached.until > now) return cached.key;
    const changesBefore = changes;
    const key = await rows.findByHash(hash);
    if (cache.size >= MOST_CACHED) cache.clear();
    if (changes === changesBefore) cache.set(hash, { key, until: now + CACHE_MS });
    return key;
  }

  function noteUse(key: ApiKey): void {
    const now = clock.now();
    const last = noted.get(key.id) ?? key.lastUsedAt?.getTime() ?? 0;
    if (now.getTime() - last < NOTE_USE_MS) return;
    if (noted.size >= MOST_CACHED) noted.clear();
    noted.set(key.id, now.getTime());
    rows.noteUse(key.id, now).catch((error) => logger.warn({ err: error }, 'the use of an API key was not noted'));
  }

  async function assertBalance(userId: string): Promise<void> {
    if (!price.isPaid) return;
    const { balanceMicros, isFrozen } = await wallets.open(userId);
    if (balanceMicros > 0 && !isFrozen) return;
    const why = isFrozen ? 'Your wallet is frozen' : `Your balance is ${toDollars(balanceMicros)}`;
    throw new AppError('balance_too_low', `${why}, so this key cannot be switched on. Recharge first.`);
  }

  return {
    /** What making one costs its owner. */
    priceMicros: price.isPaid ? price.priceMicros : 0,

    /**
     * Makes a key, and takes what it costs: both or neither. Its text is in the answer and nowhere else.
     * @throws AppError `conflict` when the person has a key of that name, or too many; `balance_too_low`
     */
    async create({ userId, name, ...settings }: NewApiKey): Promise<{ apiKey: ApiKey; key: string }> {
      const key = createKeyText();
      const apiKey: ApiKey = {
        id: randomUUID(),
        userId,
        name,
        prefix: prefixOf(key),
        isActive: true,
        monthlyCapMicros: settings.monthlyCapMicros ?? null,
        models: settings.models ?? null,
        createdAt: clock.now(),
        expiresAt: settings.expiresAt ?? null,
        lastUsedAt: null,
      };
      await db.transaction(async (trx) => {
        if (!(await rows.insert({ ...apiKey, hash: hashOf(key) }, trx).catch(throwErased))) {
          throw new AppError(
            'conflict',
            'You have a key of this name already. Choose another name, or delete that key.',
          );
        }
        if (price.isPaid && price.priceMicros > 0) {
          const purchase = {
            userId,
            amountMicros: price.priceMicros,
            key: `api_key:${apiKey.id}`,
            note: `API key ${name}`,
          };
          await wallets.purchase(trx, purchase);
        }
        if ((await rows.countOf(userId, trx)) > MOST_KEYS) {
          throw new AppError('conflict', `You have ${MOST_KEYS} keys. Delete one that you do not need any more.`);
        }
      });
      return { apiKey, key };
    },

    /** Newest first. */
    list({ userId, ...page }: { userId: string } & PageRequest): Promise<Page<ApiKey>> {
      return rows.listOf(userId, page);
    },

    /** @throws AppError `not_found`; `balance_too_low` for switching a key on that nothing could pay for */
    async change(
      { userId, name }: { userId: string; name: string },
      settings: Partial<ApiKeySettings>,
    ): Promise<ApiKey> {
      if (settings.isActive) await assertBalance(userId);
      const changed = await rows.change(userId, name, { settings, channel: CHANGED });
      if (!changed) throw notFound();
      forget(changed.id);
      return changed;
    },

    /** @throws AppError `not_found` */
    async delete({ userId, name }: { userId: string; name: string }): Promise<void> {
      const id = await rows.remove(userId, name, { channel: CHANGED });
      if (id === null) throw notFound();
      forget(id);
    },

    /**
     * The key behind a bearer token, mostly from memory.
     * @throws AppError `unauthorized`, in words that do not tell whether there ever was such a key
     */
    async authenticate(token: string): Promise<ApiKey> {
      const key = isKeyText(token) ? await find(hashOf(token)) : null;
      if (!key?.isActive) {
        throw new AppError(
          'unauthorized',
          'This API key is not valid. Check it, or make a new one on your account page.',
        );
      }
      if (key.expiresAt && key.expiresAt <= clock.now()) {
        throw new AppError('unauthorized', 'This API key has expired. Make a new one on your account page.');
      }
      noteUse(key);
      return key;
    },
  };
}

function notFound(): AppError {
  return new AppError('not_found', 'You have no key of this name.');
}

function throwErased(error: unknown): never {
  if (!isForeignKeyViolation(error)) throw error;
  throw new AppError('unauthorized', 'This person has been erased.', { cause: error });
}
