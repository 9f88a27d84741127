import type { IncomingMessage } from 'node:http';
import type { Response } from 'express';
import type { Encryption } from '../core/encryption/encryption.ts';
import type { SignInSecrets } from '../core/ports/sign-in-provider.ts';
import { createCookie } from './cookies.ts';

const ATTEMPT_MS = 10 * 60 * 1000;
const PURPOSE = 'sign-in attempt';

export interface SignInAttempt extends SignInSecrets {
  provider: string;
  /** Where to go afterwards. */
  next: string;
  /** The login this began in, whose person gets the account linked; null when nobody was logged in. */
  loginId: string | null;
  /** Switches on that the account tells of the person, as they have asked for. */
  turnsOnProfile: boolean;
  endsAt: number;
}

/** Keeps an attempt with the browser that began it: encrypted, so that nobody can read, change or invent one. */
export function createSignInAttempts({ encryption, isHttps }: { encryption: Encryption; isHttps: boolean }) {
  const cookie = createCookie('parley_sign_in', { isHttps });
  return {
    keep(res: Response, attempt: Omit<SignInAttempt, 'endsAt'>): void {
      const text = JSON.stringify({ ...attempt, endsAt: Date.now() + ATTEMPT_MS });
      cookie.set(res, encryption.encrypt(text, PURPOSE), ATTEMPT_MS);
    },

    /** Null when there is none of this provider, or it is too old. It is over either way. */
    take(req: IncomingMessage, res: Response, provider: string): SignInAttempt | null {
      const value = cookie.read(req);
      cookie.clear(res);
      if (value === null) return null;
      try {
        const attempt = JSON.parse(encryption.decrypt(value, PURPOSE)) as SignInAttempt;
        return attempt.provider === provider && attempt.endsAt > Date.now() ? attempt : null;
      } catch {
        return null;
      }
    },
  };
}
