import type { Request, Response } from 'express';
import { AppError } from '../core/errors.ts';
import type { Logins } from '../core/logins/logins.ts';
import type { Login } from '../core/logins/logins-repository.ts';
import type { AccessGrant } from '../core/users/access-tokens.ts';
import { createCookie } from './cookies.ts';
import { toLoginPlace } from './login-place.ts';
import type { Origins } from './origins.ts';

const COOKIE_MS = 30 * 24 * 60 * 60 * 1000;
/** Scripts of our own pages send it; forms and scripts of other websites cannot. */
const CSRF_HEADER = 'x-parley-csrf';

export type CookieLogins = ReturnType<typeof createCookieLogins>;

/** Logins of browsers on our own pages, where a cookie stands for the access token. */
export function createCookieLogins({
  logins,
  origins,
  publicUrl,
}: {
  logins: Logins;
  origins: Origins;
  publicUrl: string;
}) {
  const cookie = createCookie('parley_login', { isHttps: publicUrl.startsWith('https:') });
  const ownOrigin = new URL(publicUrl).origin;

  async function find(req: Request): Promise<Login | null> {
    const value = cookie.read(req);
    return value === null ? null : logins.findByCookie(value);
  }

  /** @throws AppError `forbidden` when the request was not made by one of our own pages */
  function assertOwnPage(req: Request): void {
    const site = req.headers['sec-fetch-site'];
    const { origin } = req.headers;
    const isOwnSite = site === undefined || site === 'same-origin';
    if (isOwnSite && (origin === undefined ? site !== undefined : origins.isOwn(req))) return;
    throw new AppError('forbidden', 'This was not sent by a page of this assistant. Open the page here and try again.');
  }

  return {
    find,
    assertOwnPage,

    /** Who is asking by cookie; null without one that is valid. */
    async authenticate(req: Request): Promise<AccessGrant | null> {
      const login = await find(req);
      if (!login) return null;
      if (req.method !== 'GET' && req.method !== 'HEAD') {
        assertOwnPage(req);
        if (req.headers[CSRF_HEADER] === undefined) {
          throw new AppError('forbidden', `Send the header ${CSRF_HEADER} with what changes something.`);
        }
      } else if (req.headers.origin !== undefined) {
        assertOwnPage(req);
      }
      return { userId: login.userId, origin: req.headers.origin ?? ownOrigin, loginId: login.id };
    },

    /** Signs somebody in here; a login this browser had before ends. */
    async start(
      req: Request,
      res: Response,
      userId: string,
      { provider = null }: { provider?: string | null } = {},
    ): Promise<void> {
      const before = await find(req);
      const { cookie: value } = await logins.startWithCookie(userId, toLoginPlace(req), provider);
      cookie.set(res, value, COOKIE_MS);
      if (before) await logins.end({ userId: before.userId, loginId: before.id }).catch(ignoreMissing);
    },

    /** @returns the login that ended, if there was one */
    async end(req: Request, res: Response): Promise<Login | null> {
      const login = await find(req);
      if (login) await logins.end({ userId: login.userId, loginId: login.id }).catch(ignoreMissing);
      cookie.clear(res);
      return login;
    },
  };
}

/** Ended by somebody else meanwhile: as wanted. */
function ignoreMissing(error: unknown): void {
  if (!(error instanceof AppError && error.code === 'not_found')) throw error;
}
