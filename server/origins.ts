import type { IncomingMessage } from 'node:http';

export type Origins = ReturnType<typeof createOrigins>;

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Which websites may talk to this server from a browser, and which space of documents each of them is. */
export function createOrigins({ publicUrl, widgetOrigins }: { publicUrl: string; widgetOrigins: string[] }) {
  const ownOrigin = new URL(publicUrl).origin;
  const allowed = new Set([ownOrigin, ...widgetOrigins]);
  const allowsAll = allowed.has('*');

  /**
   * Our own page opened as 127.0.0.1 instead of localhost. Only by loopback names: any other name in `Host` could
   * be a stranger's that was made to point here (DNS rebinding).
   */
  function isOwnByAnotherName(origin: string, host: string | undefined): boolean {
    if (!URL.canParse(origin)) return false;
    const url = new URL(origin);
    return url.host === host && LOOPBACK.has(url.hostname);
  }

  return {
    allowsAll,

    /** True for requests from outside a browser too: those carry no `Origin`. */
    isAllowed({ headers }: IncomingMessage): boolean {
      const { origin, host } = headers;
      return origin === undefined || allowsAll || allowed.has(origin) || isOwnByAnotherName(origin, host);
    },

    /** Whether a page of our own made the request, and no other website, listed or not. */
    isOwn({ headers }: IncomingMessage): boolean {
      const { origin, host } = headers;
      return origin !== undefined && (origin === ownOrigin || isOwnByAnotherName(origin, host));
    },

    /** The space of documents for a website, or null for none: an asker without one sees public documents only. */
    toSpace(origin: string | null): string | null {
      if (origin === null || !URL.canParse(origin)) return null;
      return `web:${!allowed.has(origin) && LOOPBACK.has(new URL(origin).hostname) ? ownOrigin : origin}`;
    },
  };
}
