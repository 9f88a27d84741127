import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { AppError } from '../errors.ts';
import { createHostRules, isPublicAddress } from './address-rules.ts';
import { refuseEncodings } from './refuse-encodings.ts';

export interface GuardOptions {
  allowPrivateHosts: readonly string[];
  /** Resolves names; the system's resolver when absent. */
  lookup?: LookupFunction;
  connectTimeoutMs?: number;
}

/**
 * Connections to public addresses only, whatever name led there. The address is judged when the socket is opened, so
 * neither a redirect nor a name that resolves differently the second time gets past. Works with any client that takes
 * an undici dispatcher.
 */
export function createGuardedDispatcher(options: GuardOptions): Dispatcher {
  const rules = createHostRules(options.allowPrivateHosts);
  const lookup = options.lookup ?? (systemLookup as LookupFunction);
  const timeout = options.connectTimeoutMs ?? 10_000;
  const trusted = buildConnector({ lookup, timeout });
  const guarded = buildConnector({ lookup: guardLookup(lookup), timeout });
  return new Agent({
    // How long a silence is waited for is the caller's to say, and some wait for longer than undici would.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (target, callback) => {
      const port = target.port || (target.protocol === 'https:' ? '443' : '80');
      const literal = target.hostname.replace(/^\[|\]$/g, '');
      if (rules.isAllowedPrivately(target.hostname, port)) return trusted(target, callback);
      // An address in digits is connected to without any lookup.
      if (isIP(literal) && !isPublicAddress(literal)) return callback(unsafe(target.hostname), null);
      guarded(target, callback);
    },
  }).compose(refuseEncodings);
}

function guardLookup(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, []);
      const addresses = Array.isArray(found) ? found : [];
      // One private address among public ones is already an attempt.
      if (addresses.length === 0 || !addresses.every(({ address }) => isPublicAddress(address))) {
        return callback(unsafe(hostname), []);
      }
      if (options.all) return callback(null, addresses);
      callback(null, addresses[0]?.address ?? '', addresses[0]?.family);
    });
  };
}

function unsafe(hostname: string): AppError {
  return new AppError(
    'unsafe_address',
    `${hostname} is on a private network. If it may be reached, add it to ALLOW_PRIVATE_HOSTS.`,
  );
}
