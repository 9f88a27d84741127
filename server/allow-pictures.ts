import type { Response } from 'express';

/** A host may have signs in it that end a directive, or a policy. */
const PLAIN_ORIGIN = /^https:\/\/[\w.:[\]-]+$/;
/** For pages that are served by plain http themselves. */
const PLAIN_HTTP_ORIGIN = /^https?:\/\/[\w.:[\]-]+$/;

/**
 * Lets this one page show these pictures, which providers keep of people: their origins, and no others, join what our
 * Content Security Policy allows for images.
 */
export function allowPictures(res: Response, addresses: (string | null)[], { isHttps }: { isHttps: boolean }): void {
  const pattern = isHttps ? PLAIN_ORIGIN : PLAIN_HTTP_ORIGIN;
  const origins = addresses
    .filter((address) => address !== null && URL.canParse(address))
    .map((address) => new URL(address ?? ''))
    .map(({ origin }) => origin)
    .filter((origin) => pattern.test(origin));
  const policy = String(res.getHeader('content-security-policy') ?? '');
  const allowed = ["img-src 'self' data:", ...new Set(origins)].join(' ');
  res.setHeader('content-security-policy', policy.replace("img-src 'self' data:", allowed));
}
