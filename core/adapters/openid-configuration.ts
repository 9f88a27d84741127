import * as openid from 'openid-client';
import { toBasicCredentials } from './basic-credentials.ts';
import { createTokenFetch } from './token-fetch.ts';

const TIMEOUT_SECONDS = 10;
/** Of the library, when an issuer calls itself otherwise than we do. */
const OTHER_ISSUER = 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED';

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
  const inBody = openid.ClientSecretPost(clientSecret);

  /** In the body, as most want it, unless the server says that it takes it in a header only. */
  const sendSecret: openid.ClientAuth = (server, client, body, headers) => {
    const ways = server.token_endpoint_auth_methods_supported ?? [];
    const isHeaderOnly = ways.includes('client_secret_basic') && !ways.includes('client_secret_post');
    if (isHeaderOnly) headers.set('authorization', toBasicCredentials(clientId, clientSecret));
    else inBody(server, client, body, headers);
  };

  async function discover(issuer: string): Promise<openid.Configuration> {
    const execute = isPlainHttp(issuer) ? [openid.allowInsecureRequests] : [];
    const discoverAt = (address: string) =>
      openid.discovery(new URL(address), clientId, clientSecret, sendSecret, {
        execute,
        timeout: TIMEOUT_SECONDS,
        [openid.customFetch]: createTokenFetch({ takesIdToken: true }),
      });
    try {
      return await discoverAt(issuer);
    } catch (error) {
      if (!(error instanceof openid.ClientError) || error.code !== OTHER_ISSUER) throw error;
      // Some, such as Authentik, have a slash at the end of their name.
      return discoverAt(`${issuer}/`);
    }
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
      sendSecret,
    );
    config.timeout = TIMEOUT_SECONDS;
    config[openid.customFetch] = createTokenFetch({ takesIdToken: false });
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
