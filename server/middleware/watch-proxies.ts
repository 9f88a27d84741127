import type { Request, RequestHandler } from 'express';
import { isPublicAddress } from '../../core/net/address-rules.ts';
import type { Logger } from '../../core/ports/logger.ts';

/**
 * Notices when `TRUST_PROXY` does not fit what is in front of this server, and tells the operator so once for each way in
 * which it does not: otherwise everybody behind the proxy is one address, and shares one limit.
 */
export function createProxyWatch({ trusted, logger }: { trusted: number; logger: Logger }): RequestHandler {
  const told = new Set<string>();
  return function watchProxies(req, _res, next) {
    const words = findMisfit(req, trusted);
    if (words !== null && !told.has(words)) {
      told.add(words);
      logger.warn({ setting: 'TRUST_PROXY', value: trusted }, words);
    }
    next();
  };
}

function findMisfit(req: Request, trusted: number): string | null {
  const forwarded = countForwarded(req);
  const comesFromNearby = !isPublicAddress(req.socket.remoteAddress ?? '');
  // Anybody may send the header; only a proxy that stands near adds it to what really comes from elsewhere.
  if (trusted === 0) {
    return forwarded > 0 && comesFromNearby
      ? 'Requests come through a proxy, and all people behind it count as one network address: set TRUST_PROXY to the number of proxies, for most 1.'
      : null;
  }
  if (forwarded > 0 && forwarded < trusted) {
    return `TRUST_PROXY is higher than the number of proxies, so that people can choose the address they count as: set it to ${forwarded}.`;
  }
  if (forwarded > trusted && !isPublicAddress(req.ip ?? '')) {
    return `There are more proxies than TRUST_PROXY says, and people may count as one of them: set it to ${forwarded} if all of them are yours.`;
  }
  return null;
}

/** How many addresses the request was handed on for. */
function countForwarded({ headers }: Request): number {
  const { 'x-forwarded-for': addresses, forwarded } = headers;
  const list = [addresses ?? []].flat().join(',') || String(forwarded ?? '');
  return list.split(',').filter((address) => address.trim() !== '').length;
}
