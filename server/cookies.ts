import type { IncomingMessage } from 'node:http';
import type { Response } from 'express';

export interface Cookie {
  read(req: IncomingMessage): string | null;
  set(res: Response, value: string, maxAgeMs: number): void;
  clear(res: Response): void;
}

/**
 * A cookie that scripts cannot read and other websites cannot send along. Over https its name keeps even a neighbour
 * on the same domain from setting it (`__Host-`).
 */
export function createCookie(plainName: string, { isHttps }: { isHttps: boolean }): Cookie {
  const name = isHttps ? `__Host-${plainName}` : plainName;
  const options = { httpOnly: true, sameSite: 'lax', secure: isHttps, path: '/' } as const;
  return {
    read({ headers }) {
      const prefix = `${name}=`;
      const found = (headers.cookie ?? '')
        .split(';')
        .map((part) => part.trim())
        .find((part) => part.startsWith(prefix));
      return found === undefined || found.length > 4096 ? null : found.slice(prefix.length);
    },
    set: (res, value, maxAgeMs) => void res.cookie(name, value, { ...options, maxAge: maxAgeMs, encode: String }),
    clear: (res) => void res.clearCookie(name, options),
  };
}
