import * as openid from 'openid-client';

const TIMEOUT_SECONDS = 10;

/** Addresses of a plain OAuth server, or the issuer of an OpenID Connect one, which tells its addresses itself. */
export type OpenIdServer =
  | { authorizeUrl: string; tokenUrl: string; userinfoUrl: string; revokeUrl: string | null }
  | { issuer: string };

export interface OpenIdClient {
  server: OpenIdServer;
  clientId: string;
  clientSecret: string;
}

/**
 * Gives what the library needs to know of a server. Discovered at the first use, and again after a failure: the issuer
 * may be away when Parley starts.
 */
export function createOpenIdConfiguration({ server, clientId, clientSecret }: OpenIdClient) {
  let known: Promise<openid.Configuration> | null = null;

  async function discover(issuer: string): Promise<openid.Configuration> {
    // The signature of ID tokens is checked too, though they come over the issuer's own line.
    const execute = [openid.enableNonRepudiationChecks, ...(isPlainHttp(issuer) ? [openid.allowInsecureRequests] : [])];
    return openid.discovery(new URL(issuer), clientId, clientSecret, undefined, { execute, timeout: TIMEOUT_SECONDS });
  }

  function describe(urls: Exclude<OpenIdServer, { issuer: string }>): openid.Configuration {
    const config = new openid.Configuration(
      {
        issuer: new URL(urls.authorizeUrl).origin,
        authorization_endpoint: urls.authorizeUrl,
        token_endpoint: urls.tokenUrl,
        userinfo_endpoint: urls.userinfoUrl,
        ...(urls.revokeUrl !== null && { revocation_endpoint: urls.revokeUrl }),
      },
      clientId,
      { client_secret: clientSecret },
      openid.ClientSecretPost(clientSecret),
    );
    config.timeout = TIMEOUT_SECONDS;
    config[openid.customFetch] = fetchPlainTokens;
    if ([urls.tokenUrl, urls.userinfoUrl].some(isPlainHttp)) openid.allowInsecureRequests(config);
    return config;
  }

  return function getConfiguration(): Promise<openid.Configuration> {
    known ??= ('issuer' in server ? discover(server.issuer) : Promise.resolve(describe(server))).catch((error) => {
      known = null;
      throw error;
    });
    return known;
  };
}

function isPlainHttp(url: string): boolean {
  return url.startsWith('http:');
}

/**
 * Puts right where plain OAuth servers leave the standard: of them we ask the profile and no ID token, so one that
 * comes along is not looked at; Twitch sends `scope` as a list, where the standard has text, and tells in words alone
 * that a refresh token is no longer good; GitHub and Slack answer errors with status 200.
 */
const fetchPlainTokens: openid.CustomFetch = async (url, init) => {
  const response = await fetch(url, init as RequestInit);
  const json: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  if (typeof json !== 'object' || json === null) return response;
  const { id_token: _unread, scope, ...rest } = json as Record<string, unknown>;
  if ('access_token' in rest) {
    const scopes = Array.isArray(scope) ? scope.join(' ') : (scope ?? undefined);
    return toJson({ ...rest, scope: scopes }, response.status);
  }
  const isSpentTwitchToken = typeof rest.message === 'string' && /^invalid refresh token/i.test(rest.message);
  if (isSpentTwitchToken) return toJson({ error: 'invalid_grant' }, 400);
  return response.ok && typeof rest.error === 'string' ? toJson({ error: rest.error }, 400) : response;
};

function toJson(body: unknown, status: number): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
}
