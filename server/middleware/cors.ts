import type { RequestHandler } from 'express';
import { AppError } from '../../core/errors.ts';
import type { Origins } from '../origins.ts';

const PREFLIGHT_SECONDS = '7200';
const HEADERS = 'authorization, content-type, idempotency-key, x-request-id';

/**
 * Lets listed websites read our answers. No cookies travel: tokens are sent by hand, so credentials stay off.
 * A browser on any other website is refused outright, not only kept from reading.
 * @param options.anyHeader for clients that send headers of their own, as OpenAI's do
 */
export function createCors(origins: Origins, { anyHeader = false } = {}): RequestHandler {
  return function cors(req, res, next) {
    res.vary('origin');
    const { origin } = req.headers;
    if (!origins.isAllowed(req)) {
      throw new AppError(
        'forbidden',
        'This website may not use this assistant. Its operator can add the website to WIDGET_ORIGINS.',
      );
    }
    if (origin === undefined) return next();
    res.setHeader('access-control-allow-origin', origins.allowsAll ? '*' : origin);
    res.setHeader('access-control-expose-headers', 'x-request-id, retry-after');
    if (req.method !== 'OPTIONS' || !req.headers['access-control-request-method']) return next();
    res.setHeader('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE');
    const asked = anyHeader ? req.headers['access-control-request-headers'] : undefined;
    res.setHeader('access-control-allow-headers', asked ?? HEADERS);
    res.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
    res.status(204).end();
  };
}
