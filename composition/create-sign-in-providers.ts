import type { Config } from '../config.ts';
import { PROVIDER_DESCRIPTIONS, readClaims } from '../core/adapters/sign-in-providers.ts';
import type { Clock } from '../core/ports/clock.ts';
import { PROVIDERS, type Provider, type SignInProvider } from '../core/ports/sign-in-provider.ts';

/** The providers whose client id and secret are set. Their library is loaded only when there is one. */
export async function createSignInProviders(config: Config, { clock }: { clock: Clock }): Promise<SignInProvider[]> {
  const settings = toTexts(config);
  const configured = findConfigured(config);
  if (configured.length === 0) return [];
  const { createOpenIdSignIn } = await import('../core/adapters/openid-sign-in.ts');

  return configured.map((id) => {
    const prefix = id.toUpperCase();
    const shared = {
      id,
      clientId: settings[`${prefix}_CLIENT_ID`] ?? '',
      clientSecret: settings[`${prefix}_CLIENT_SECRET`] ?? '',
      redirectUri: `${config.PUBLIC_URL}/auth/${id}`,
      clock,
    };
    if (id === 'oidc') {
      const description = { name: config.OIDC_NAME, scope: 'openid email profile', readProfile: readClaims };
      return createOpenIdSignIn({ ...shared, description, server: { issuer: config.OIDC_ISSUER ?? '' } });
    }
    const description = PROVIDER_DESCRIPTIONS[id];
    const own = (name: 'AUTHORIZE_URL' | 'TOKEN_URL' | 'USERINFO_URL') => settings[`${prefix}_${name}`];
    const server = {
      authorizeUrl: own('AUTHORIZE_URL') ?? description.authorizeUrl,
      tokenUrl: own('TOKEN_URL') ?? description.tokenUrl,
      userinfoUrl: own('USERINFO_URL') ?? description.userinfoUrl,
    };
    const { revokePath } = description;
    const revokeUrl = revokePath === undefined ? null : new URL(revokePath, server.tokenUrl).href;
    return createOpenIdSignIn({ ...shared, description, server: { ...server, revokeUrl } });
  });
}

/** What people can log in with besides a password. */
export function nameSignInProviders(config: Config): string[] {
  return findConfigured(config).map((id) => (id === 'oidc' ? config.OIDC_NAME : PROVIDER_DESCRIPTIONS[id].name));
}

function findConfigured(config: Config): Provider[] {
  return PROVIDERS.filter((id) => toTexts(config)[`${id.toUpperCase()}_CLIENT_SECRET`] !== undefined);
}

/** To be read by names that are put together. */
function toTexts(config: Config): Record<string, string | undefined> {
  return config as unknown as Record<string, string | undefined>;
}
