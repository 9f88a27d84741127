import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';
import type { ApiKeys } from '../../core/api-keys/api-keys.ts';
import { looksLikeKey } from '../../core/api-keys/key-text.ts';
import { AppError } from '../../core/errors.ts';
import type { AccessGrant, AccessTokens } from '../../core/users/access-tokens.ts';
import type { CookieLogins } from '../cookie-logins.ts';

/** The token of `Authorization: Bearer …`, or null. */
export function findBearerToken({ headers }: IncomingMessage): string | null {
  return /^Bearer +([^\s]+)$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}

/**
 * Who is asking.
 * @throws AppError `unauthorized`
 */
export async function authenticate(
  req: Request,
  { tokens, apiKeys, cookieLogins }: { tokens: AccessTokens; apiKeys: ApiKeys; cookieLogins: CookieLogins },
): Promise<AccessGrant> {
  const token = findBearerToken(req);
  if (!token) {
    const grant = req.headers.cookie === undefined ? null : await cookieLogins.authenticate(req);
    if (grant) return grant;
    throw new AppError(
      'unauthorized',
      'Send an access token as "Authorization: Bearer …". POST /api/visitors gives one.',
    );
  }
  if (looksLikeKey(token)) {
    const apiKey = await apiKeys.authenticate(token);
    return { userId: apiKey.userId, origin: null, apiKey };
  }
  const grant = await tokens.verify(token);
  assertSameWebsite(req, grant);
  return grant;
}

/**
 * A token works only on the website it was issued to, so that one taken from a page is of no use on another.
 * Browsers send `Origin` with everything that changes something and with every request across websites; only a GET
 * on one's own website comes without, and is let through. A token issued outside a browser works only outside.
 */
export function assertSameWebsite({ headers, method }: IncomingMessage, grant: AccessGrant): void {
  const isOurs =
    headers.origin === undefined
      ? grant.origin === null || method === 'GET' || method === 'HEAD'
      : headers.origin === grant.origin;
  if (!isOurs) throw new AppError('unauthorized', 'This access token was issued to another website.');
}
