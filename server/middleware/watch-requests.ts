import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from '../../core/ports/logger.ts';
import type { Arrival } from '../../core/turns/arrival-order.ts';
import type { Metrics } from '../metrics.ts';

declare global {
  namespace Express {
    /** What this server keeps beside a request while it is being answered. */
    interface Locals {
      requestId: string;
      /** The route's pattern, for logs and metrics: never the path itself, which carries ids and search words. */
      route?: string;
      /** Where the order of arrival counts: this request's place in it. */
      arrival?: Arrival;
    }
  }
}

const SANE_ID = /^[\w.-]{1,64}$/;
const PROBES = new Set(['/healthz', '/readyz', '/metrics']);

/** Gives each request its id, and logs and counts how it ended: the route, never the path, the body or a token. */
export function createRequestWatch({ logger, metrics }: { logger: Logger; metrics: Metrics }): RequestHandler {
  return function watchRequest(req, res, next) {
    const startedAt = performance.now();
    const { 'x-request-id': given } = req.headers;
    const requestId = typeof given === 'string' && SANE_ID.test(given) ? given : randomUUID();
    res.locals.requestId = requestId;
    res.setHeader('x-request-id', requestId);
    res.once('close', () => {
      const ms = performance.now() - startedAt;
      const { route = 'unknown' } = res.locals;
      metrics.requestFinished({ method: req.method, route, status: res.statusCode, ms });
      const fields = {
        requestId,
        method: req.method,
        route,
        status: res.statusCode,
        ms: Math.round(ms),
        ...(res.writableFinished ? {} : { isCutOff: true }),
      };
      if (PROBES.has(route)) logger.debug(fields, 'request');
      else logger.info(fields, 'request');
    });
    next();
  };
}
