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
    const server = findSignInServer(config, id);
    const { revokePath } = description;
    const revokeUrl = revokePath === undefined ? null : new URL(revokePath, server.tokenUrl).href;
    return createOpenIdSignIn({ ...shared, description, server: { ...server, revokeUrl } });
  });
}

/** Where people sign in: as set, or else where the provider is; the bot's Twitch is the one for signing in as well. */
export function findSignInServer(config: Config, id: Exclude<Provider, 'oidc'>) {
  const own = (name: string) => toTexts(config)[`${id.toUpperCase()}_${name}`];
  const usual =
    id === 'twitch'
      ? {
          authorizeUrl: `${config.TWITCH_AUTH_URL}/authorize`,
          tokenUrl: `${config.TWITCH_AUTH_URL}/token`,
          userinfoUrl: `${config.TWITCH_API_URL}/users`,
        }
      : PROVIDER_DESCRIPTIONS[id];
  return {
    authorizeUrl: own('AUTHORIZE_URL') ?? usual.authorizeUrl,
    tokenUrl: own('TOKEN_URL') ?? usual.tokenUrl,
    userinfoUrl: own('USERINFO_URL') ?? usual.userinfoUrl,
  };
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
