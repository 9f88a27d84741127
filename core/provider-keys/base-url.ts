import { AppError } from '../errors.ts';
import type { HostRules } from '../net/address-rules.ts';

/**
 * Reads the address of a provider. Where it leads is judged when a connection is opened.
 * @throws AppError `invalid_request`
 */
export function parseBaseUrl(text: string, rules: HostRules): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw wrong('must be an address that starts with https://, such as https://openrouter.ai/api/v1');
  }
  if (url.username || url.password)
    throw wrong('must not have a user name or password in it; the key goes into api_key');
  if (url.search || url.hash) throw wrong('must end with its path, without ? and #');
  if (url.protocol === 'http:' && !rules.isAllowedPrivately(url.hostname, url.port || '80')) {
    throw wrong('must start with https://, or anybody on the way could read the key');
  }
  return url.href.replace(/\/+$/, '');
}

function wrong(what: string): AppError {
  return new AppError('invalid_request', `base_url ${what}.`);
}
