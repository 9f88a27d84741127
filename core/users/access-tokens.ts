import { createSecretKey } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';

const ISSUER = 'parley';
const AUDIENCE = 'parley-api';
const ALGORITHM = 'HS256';
const VISITOR_SECONDS = 24 * 60 * 60;
/** How long after its end a visitor's token can still be exchanged for a new one, so that history survives. */
export const VISITOR_RENEWAL_SECONDS = 30 * 24 * 60 * 60;

/** Who a token speaks for, and the website it was issued to; null when it was asked for outside a browser. */
export interface AccessGrant {
  userId: string;
  origin: string | null;
}

export interface IssuedToken {
  token: string;
  expiresAt: Date;
}

/** Tokens whose signature is remembered: checking one costs as much as the rest of a small request. */
const REMEMBERED_TOKENS = 5000;

export type AccessTokens = ReturnType<typeof createAccessTokens>;

/** Signs and reads the tokens people carry. Nothing is stored: who holds a valid one is who it names. */
export function createAccessTokens({ secret, clock }: { secret: string; clock: Clock }) {
  const key = createSecretKey(Buffer.from(secret, 'utf8'));
  const remembered = new Map<string, { grant: AccessGrant; expiresAtMs: number }>();

  function remember(token: string, grant: AccessGrant, expiresAtMs: number): void {
    const [oldest] = remembered.keys();
    if (remembered.size >= REMEMBERED_TOKENS && oldest !== undefined) remembered.delete(oldest);
    remembered.set(token, { grant, expiresAtMs });
  }

  return {
    async issue({ userId, origin }: AccessGrant): Promise<IssuedToken> {
      const now = Math.floor(clock.now().getTime() / 1000);
      const expiresAt = now + VISITOR_SECONDS;
      const token = await new SignJWT({ origin })
        .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
        .setSubject(userId)
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt(now)
        .setExpirationTime(expiresAt)
        .sign(key);
      return { token, expiresAt: new Date(expiresAt * 1000) };
    },

    /**
     * @param options.expiredForSeconds accepts a token that ended at most so long ago
     * @throws AppError `unauthorized`, in words that tell an old token from one that was never ours
     */
    async verify(token: string, options: { expiredForSeconds?: number } = {}): Promise<AccessGrant> {
      const known = remembered.get(token);
      if (known && clock.now().getTime() < known.expiresAtMs) return known.grant;
      try {
        const { payload } = await jwtVerify(token, key, {
          // Pinned, so that a token cannot choose how it is checked ("alg": "none").
          algorithms: [ALGORITHM],
          issuer: ISSUER,
          audience: AUDIENCE,
          requiredClaims: ['sub', 'exp', 'iat'],
          currentDate: clock.now(),
          clockTolerance: options.expiredForSeconds ?? 0,
        });
        const { sub, origin } = payload;
        if (typeof sub !== 'string' || (typeof origin !== 'string' && origin !== null)) {
          throw new AppError('unauthorized', 'This access token is not valid.');
        }
        const grant = { userId: sub, origin };
        remember(token, grant, (payload.exp ?? 0) * 1000);
        return grant;
      } catch (error) {
        throw toAppError(error);
      }
    },
  };
}

function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof errors.JWTExpired) {
    return new AppError('unauthorized', 'This access token has expired. Ask for a new one at POST /api/visitors.', {
      cause: error,
    });
  }
  return new AppError('unauthorized', 'This access token is not valid.', { cause: error });
}
