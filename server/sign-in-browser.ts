import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import { createCookie } from './cookies.ts';

/** A little longer than anybody may take at a provider. */
const COOKIE_MS = 15 * 60 * 1000;
const SECRET = /^[\w-]{43}$/;

/** Knows a browser again that comes back from a provider, whichever of its tabs it is and whoever is logged in there. */
export function createSignInBrowser({ isHttps }: { isHttps: boolean }) {
  const cookie = createCookie('parley_sign_in', { isHttps });

  function read(req: Request): string | null {
    const value = cookie.read(req);
    return value !== null && SECRET.test(value) ? value : null;
  }

  return {
    read,

    /** The same one in all tabs. */
    keep(req: Request, res: Response): string {
      const browser = read(req) ?? randomBytes(32).toString('base64url');
      cookie.set(res, browser, COOKIE_MS);
      return browser;
    },
  };
}
