import * as openid from 'openid-client';
import { plainFetch } from '../net/plain-fetch.ts';
import type { ProviderTokens } from '../ports/sign-in-provider.ts';
import type { OpenIdClient } from './openid-configuration.ts';
import type { ProviderDescription } from './sign-in-providers.ts';

const TIMEOUT_MS = 10_000;

export interface RevokeTokensOptions extends OpenIdClient {
  description: Pick<ProviderDescription, 'toRevocation'>;
  configuration: () => Promise<openid.Configuration>;
}

/**
 * Has a provider forget tokens, by the standard or in its own way; does nothing where it has none. Each token is tried:
 * some take back the access token only, and some forget both with the first. Throws when none was taken.
 */
export function createRevokeTokens(options: RevokeTokensOptions) {
  const { server, clientId, clientSecret, description, configuration } = options;

  async function revokeInItsOwnWay({ accessToken }: ProviderTokens): Promise<void> {
    if (!description.toRevocation || 'issuer' in server) return;
    const { url, init } = description.toRevocation(accessToken, { clientId, clientSecret, ...server });
    const response = await plainFetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`giving back a token was answered with status ${response.status}`);
    await response.body?.cancel();
  }

  async function revokeByTheStandard(tokens: ProviderTokens, config: openid.Configuration): Promise<void> {
    const given = [tokens.refreshToken, tokens.accessToken].filter((token) => token !== null);
    const failures: unknown[] = [];
    for (const token of given) {
      await openid.tokenRevocation(config, token).catch((error) => failures.push(error));
    }
    if (failures.length === given.length) throw failures[0];
  }

  return async function revokeTokens(tokens: ProviderTokens): Promise<void> {
    const config = await configuration();
    const isStandard = config.serverMetadata().revocation_endpoint !== undefined;
    await (isStandard ? revokeByTheStandard(tokens, config) : revokeInItsOwnWay(tokens));
  };
}
