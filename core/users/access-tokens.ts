import { createSecretKey } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { ApiKey } from '../api-keys/api-key.ts';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';

const ISSUER = 'parley';
const AUDIENCE = 'parley-api';
const ALGORITHM = 'HS256';
const VISITOR_SECONDS = 24 * 60 * 60;
/** Short, because whoever knows the refresh token gets the next one without the person noticing. */
const LOGIN_SECONDS = 15 * 60;
/** How long after its end a visitor's token can still be exchanged for a new one, so that history survives. */
export const VISITOR_RENEWAL_SECONDS = 30 * 24 * 60 * 60;

/** Who a token speaks for, and the website it was issued to; null when it was asked for outside a browser. */
export interface AccessGrant {
  userId: string;
  origin: string | null;
  /** The login it was issued for, and with which it ends; a visitor has none. */
  loginId?: string;
  /** The API key it was asked with, instead of a token. */
  apiKey?: ApiKey;
}

export interface IssuedToken {
  token: string;
  expiresAt: Date;
}

interface VerifyOptions {
  expiredForSeconds?: number;
  evenIfGone?: boolean;
}

/** Tokens whose signature is remembered: checking one costs as much as the rest of a small request. */
const REMEMBERED_TOKENS = 5000;

export type AccessTokens = ReturnType<typeof createAccessTokens>;

export interface AccessTokensOptions {
  secret: string;
  clock: Clock;
  /** Whether a login still runs. Without it no token of a login is accepted. */
  isLoginActive?: (loginId: string) => Promise<boolean>;
  /** Whether there still is such a person. Without it no token of a visitor is accepted. */
  isUserKnown?: (userId: string) => Promise<boolean>;
}

/**
 * Signs and reads the tokens people carry. Nothing is stored: who holds a valid one is who it names, unless it belongs
 * to a login that has ended, or that person is gone.
 */
export function createAccessTokens(options: AccessTokensOptions) {
  const { secret, clock, isLoginActive = async () => false, isUserKnown = async () => false } = options;
  const key = createSecretKey(Buffer.from(secret, 'utf8'));
  const remembered = new Map<string, { grant: AccessGrant; expiresAtMs: number }>();

  function remember(token: string, grant: AccessGrant, expiresAtMs: number): void {
    const [oldest] = remembered.keys();
    if (remembered.size >= REMEMBERED_TOKENS && oldest !== undefined) remembered.delete(oldest);
    remembered.set(token, { grant, expiresAtMs });
  }

  /** A login ends with its person; a visitor has nothing else that could end. */
  async function assertCounts({ loginId, userId }: AccessGrant, { evenIfGone }: VerifyOptions): Promise<void> {
    const counts = loginId === undefined ? evenIfGone || (await isUserKnown(userId)) : await isLoginActive(loginId);
    if (counts) return;
    throw new AppError(
      'unauthorized',
      loginId === undefined
        ? 'The person this access token speaks for no longer exists.'
        : 'This login has ended. Log in again.',
    );
  }

  return {
    /** @param endsBy when whoever vouches for the person stops doing so */
    async issue({ userId, origin, loginId }: AccessGrant, { endsBy }: { endsBy?: Date } = {}): Promise<IssuedToken> {
      const now = Math.floor(clock.now().getTime() / 1000);
      const longest = now + (loginId === undefined ? VISITOR_SECONDS : LOGIN_SECONDS);
      const expiresAt = endsBy ? Math.min(longest, Math.floor(endsBy.getTime() / 1000)) : longest;
      const token = await new SignJWT({ origin, login: loginId })
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
     * @param options.evenIfGone accepts a visitor's whether or not there still is such a person
     * @throws AppError `unauthorized`, in words that tell an old token from one that was never ours
     */
    async verify(token: string, options: VerifyOptions = {}): Promise<AccessGrant> {
      const known = remembered.get(token);
      if (known && clock.now().getTime() < known.expiresAtMs) {
        await assertCounts(known.grant, options);
        return known.grant;
      }
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
        const { sub, origin, login } = payload;
        const isWhole = typeof sub === 'string' && (typeof origin === 'string' || origin === null);
        if (!isWhole || (login !== undefined && typeof login !== 'string')) {
          throw new AppError('unauthorized', 'This access token is not valid.');
        }
        const grant: AccessGrant = { userId: sub, origin, ...(login !== undefined && { loginId: login }) };
        await assertCounts(grant, options);
        remember(token, grant, (payload.exp ?? 0) * 1000);
        return grant;
      } catch (error) {
        throw toAppError(error);
      }
    },
  };
}

function toAppError(error: unknown): unknown {
  if (!(error instanceof errors.JOSEError) && !(error instanceof TypeError)) return error;
  if (error instanceof errors.JWTExpired) {
    const where = error.payload.login === undefined ? '/api/visitors' : '/api/auth/refresh';
    return new AppError('unauthorized', `This access token has expired. Ask for a new one at POST ${where}.`, {
      cause: error,
    });
  }
  return new AppError('unauthorized', 'This access token is not valid.', { cause: error });
}
