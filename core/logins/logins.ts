import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import { createLoginsRepository, LOGIN_ENDED, type Login } from './logins-repository.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** A login ends after so long without use. */
const IDLE_MS = 30 * DAY_MS;
/** How often the use of a cookie is written down. */
const NOTE_USE_MS = 60 * 60 * 1000;
/** How long after its use a refresh token may come once more. */
const REPEATED_MS = 30_000;
const SECRET_BYTES = 32;

/** An end arrives at once by signal; this is for a signal missed while the line to the database was down. */
const CACHE_MS = 10_000;
const MOST_CACHED = 5000;

export interface LoginsOptions {
  db: Knex;
  clock: Clock;
  /** Tells what other processes send on a channel of the database, and when something of it may have been missed. */
  subscribe(channel: string, handler: (payload: string) => void, onGap?: () => void): void;
}

/** What is known of where somebody signs in from, so that they recognise it in the list. */
export interface LoginPlace {
  userAgent: string | null;
  network: string | null;
}

export type Logins = ReturnType<typeof createLogins>;

/** Web sign-ins: each can be listed and ended, and what was issued for it ends with it. */
export function createLogins({ db, clock, subscribe }: LoginsOptions) {
  const rows = createLoginsRepository(db);
  /** Of each login looked up lately, whether it runs and until when that may be believed. */
  const cache = new Map<string, { isActive: boolean; until: number }>();
  /** Raised by every end, so that what was read before one is not kept after it. */
  let ends = 0;

  function forget(loginId: string): void {
    ends += 1;
    cache.delete(loginId);
  }
  subscribe(LOGIN_ENDED, forget, () => {
    ends += 1;
    cache.clear();
  });

  async function end(which: { userId?: string; id?: string; exceptId?: string }): Promise<number> {
    const ended = await rows.end(which, { now: clock.now() });
    ended.forEach(forget);
    return ended.length;
  }

  async function insert(
    userId: string,
    place: LoginPlace,
    { cookie, provider }: { cookie: string | null; provider: string | null },
  ): Promise<Login> {
    const now = clock.now();
    const login: Login = {
      id: randomUUID(),
      userId,
      userAgent: place.userAgent?.slice(0, 300) ?? null,
      network: place.network,
      provider,
      createdAt: now,
      lastUsedAt: now,
      expiresAt: new Date(now.getTime() + IDLE_MS),
    };
    await rows.insert({ ...login, cookieHash: cookie === null ? null : toHash(cookie) });
    return login;
  }

  async function addRefreshToken(loginId: string): Promise<string> {
    const token = toSecret();
    const expiresAt = new Date(clock.now().getTime() + IDLE_MS);
    await rows.insertRefreshToken({ hash: toHash(token), loginId, expiresAt });
    return token;
  }

  return {
    /** A sign-in of a program: what it gets is renewed with the refresh token, which is used once. */
    async start(userId: string, place: LoginPlace): Promise<{ login: Login; refreshToken: string }> {
      const login = await insert(userId, place, { cookie: null, provider: null });
      return { login, refreshToken: await addRefreshToken(login.id) };
    },

    /** A sign-in in a browser on our own pages. The cookie is new each time: one set before means nothing. */
    async startWithCookie(
      userId: string,
      place: LoginPlace,
      provider: string | null = null,
    ): Promise<{ login: Login; cookie: string }> {
      const cookie = toSecret();
      return { login: await insert(userId, place, { cookie, provider }), cookie };
    },

    /**
     * Changes a refresh token for the next one. A token that comes a second time within seconds is from two tabs at once,
     * or from somebody who never got the answer: it gets a next one, too. Later it has been copied: nobody can say which
     * of the two is the thief, so the login ends for both.
     * @throws AppError `unauthorized`
     */
    async refresh(refreshToken: string): Promise<{ login: Login; refreshToken: string }> {
      const now = clock.now();
      const used = await rows.useRefreshToken(toHash(refreshToken), now);
      if (used?.usedBefore && now.getTime() - used.usedBefore.getTime() > REPEATED_MS) {
        await end({ id: used.loginId });
        throw new AppError('unauthorized', 'This refresh token was used before, so its login has ended. Log in again.');
      }
      const login = used && (await rows.findActive(used.loginId, now));
      if (!login) throw new AppError('unauthorized', 'This refresh token is not valid any more. Log in again.');
      await rows.extend(login.id, { now, expiresAt: new Date(now.getTime() + IDLE_MS) });
      return { login, refreshToken: await addRefreshToken(login.id) };
    },

    /** Null when the cookie is not of a running login. */
    async findByCookie(cookie: string): Promise<Login | null> {
      const now = clock.now();
      const login = await rows.findActiveByCookie(toHash(cookie), now);
      if (login && now.getTime() - login.lastUsedAt.getTime() > NOTE_USE_MS) {
        await rows.extend(login.id, { now, expiresAt: new Date(now.getTime() + IDLE_MS) });
      }
      return login;
    },

    /** Asked with every request that brings an access token of a login, so mostly answered from memory. */
    async isActive(loginId: string): Promise<boolean> {
      const now = clock.now();
      const cached = cache.get(loginId);
      if (cached && cached.until > now.getTime()) return cached.isActive;
      const endsBefore = ends;
      const isActive = (await rows.findActive(loginId, now)) !== null;
      if (cache.size >= MOST_CACHED) cache.clear();
      if (ends === endsBefore) cache.set(loginId, { isActive, until: now.getTime() + CACHE_MS });
      return isActive;
    },

    /** Those that run, most recently used first. */
    list(userId: string): Promise<Login[]> {
      return rows.listActive(userId, clock.now());
    },

    /** @throws AppError `not_found` when the person has no such login */
    async end({ userId, loginId }: { userId: string; loginId: string }): Promise<void> {
      if ((await end({ userId, id: loginId })) === 0) throw new AppError('not_found', 'There is no such login.');
    },

    /** Everywhere, or everywhere else. */
    async endAll({ userId, exceptLoginId }: { userId: string; exceptLoginId?: string | undefined }): Promise<void> {
      await end({ userId, ...(exceptLoginId === undefined ? {} : { exceptId: exceptLoginId }) });
    },

    /** For the nightly job. */
    clear: () => rows.clear(clock.now()),
  };
}

function toSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** A fast hash will do: what is hashed is random and long. */
function toHash(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
