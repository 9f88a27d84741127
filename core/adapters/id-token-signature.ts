import { compactVerify, createRemoteJWKSet, customFetch } from 'jose';
import type * as openid from 'openid-client';
import { plainFetch } from '../net/plain-fetch.ts';

const TIMEOUT_MS = 10_000;
/** How long the keys of an issuer are believed to be all of its keys. */
const KEYS_LAST_MS = 10 * 60_000;

/**
 * Checks who signed an ID token, though it came over the issuer's own line. An issuer that changes its key signs with one
 * that nobody has heard of: its keys are read again at once then, and not when those that are known are old enough.
 */
export function createSignatureCheck() {
  let known: { address: string; keys: ReturnType<typeof createRemoteJWKSet> } | null = null;

  /** @throws Error of the library when it is not signed by a key of the issuer */
  return async function verify(config: openid.Configuration, idToken: string): Promise<void> {
    const { jwks_uri: address } = config.serverMetadata();
    if (address === undefined) throw new Error('the issuer tells of no keys');
    if (known?.address !== address) {
      const options = { cooldownDuration: 0, cacheMaxAge: KEYS_LAST_MS, timeoutDuration: TIMEOUT_MS };
      known = { address, keys: createRemoteJWKSet(new URL(address), { ...options, [customFetch]: plainFetch }) };
    }
    await compactVerify(idToken, known.keys);
  };
}
