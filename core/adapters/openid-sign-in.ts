import * as openid from 'openid-client';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Provider, ProviderProfile, SignInProvider, SignInSecrets } from '../ports/sign-in-provider.ts';
import type { ProviderDescription, ReadProfile } from './sign-in-providers.ts';

const TIMEOUT_SECONDS = 10;
const MOST_CHARACTERS = 2000;

export interface OpenIdSignInOptions {
  id: Provider;
  description: Omit<ProviderDescription, 'authorizeUrl' | 'tokenUrl' | 'userinfoUrl'>;
  /** Addresses of a plain OAuth server, or the issuer of an OpenID Connect one, which tells its addresses itself. */
  server: { authorizeUrl: string; tokenUrl: string; userinfoUrl: string } | { issuer: string };
  clientId: string;
  clientSecret: string;
  redirectUri: string;
  clock: Clock;
}

/** Signs in through any OAuth 2 or OpenID Connect server: code flow with state and PKCE, nonce where there is an ID token. */
export function createOpenIdSignIn(options: OpenIdSignInOptions): SignInProvider {
  const { id, description, server, clientId, clientSecret, redirectUri, clock } = options;
  const isOidc = 'issuer' in server;
  let known: Promise<openid.Configuration> | null = null;

  /** Discovered at the first use, and again after a failure: the issuer may be away when Parley starts. */
  function configuration(): Promise<openid.Configuration> {
    known ??= (isOidc ? discover(server.issuer) : Promise.resolve(describe(server))).catch((error) => {
      known = null;
      throw error;
    });
    return known;
  }

  function describe(urls: { authorizeUrl: string; tokenUrl: string; userinfoUrl: string }): openid.Configuration {
    const config = new openid.Configuration(
      {
        issuer: new URL(urls.authorizeUrl).origin,
        authorization_endpoint: urls.authorizeUrl,
        token_endpoint: urls.tokenUrl,
        userinfo_endpoint: urls.userinfoUrl,
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

  async function discover(issuer: string): Promise<openid.Configuration> {
    const execute = isPlainHttp(issuer) ? [openid.allowInsecureRequests] : [];
    return openid.discovery(new URL(issuer), clientId, clientSecret, undefined, { execute, timeout: TIMEOUT_SECONDS });
  }

  async function fetchProfile(config: openid.Configuration, accessToken: string, subject: string | undefined) {
    if (isOidc) {
      // The ID token's subject is the person; the other claims must be of the same one.
      return openid.fetchUserInfo(config, accessToken, subject ?? openid.skipSubjectCheck);
    }
    const headers = new Headers({ accept: 'application/json', 'user-agent': 'parley', 'client-id': clientId });
    const url = new URL(server.userinfoUrl);
    const response = await openid.fetchProtectedResource(config, accessToken, url, 'GET', undefined, headers);
    if (!response.ok) throw new Error(`the profile was answered with status ${response.status}`);
    return response.json();
  }

  async function finish(query: string, { state, verifier, nonce }: SignInSecrets): Promise<ProviderProfile> {
    const config = await configuration();
    const tokens = await openid.authorizationCodeGrant(config, new URL(query, redirectUri), {
      expectedState: state,
      pkceCodeVerifier: verifier,
      ...(isOidc && { expectedNonce: nonce }),
    });
    const seconds = tokens.expiresIn();
    const json = await fetchProfile(config, tokens.access_token, tokens.claims()?.sub);
    return {
      platform: id,
      ...toProfile(description.readProfile(json as Record<string, unknown>), isOidc ? `${server.issuer} ` : ''),
      tokens: {
        accessToken: tokens.access_token,
        refreshToken: tokens.refresh_token ?? null,
        expiresAt: seconds === undefined ? null : new Date(clock.now().getTime() + seconds * 1000).toISOString(),
      },
    };
  }

  return {
    id,
    name: description.name,

    createSecrets: () => ({
      state: openid.randomState(),
      verifier: openid.randomPKCECodeVerifier(),
      nonce: openid.randomNonce(),
    }),

    async toAuthorizeUrl({ state, verifier, nonce }) {
      try {
        return openid.buildAuthorizationUrl(await configuration(), {
          redirect_uri: redirectUri,
          scope: description.scope,
          state,
          code_challenge: await openid.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          ...(isOidc && { nonce }),
        });
      } catch (error) {
        throw toAppError(error, description.name);
      }
    },

    finish: (query, secrets) =>
      finish(query, secrets).catch((error) => {
        throw toAppError(error, description.name);
      }),
  };
}

function isPlainHttp(url: string): boolean {
  return url.startsWith('http:');
}

/**
 * Of plain OAuth servers we ask the profile and no ID token, so one that comes along is not looked at. Twitch sends
 * `scope` as a list, where the standard has text.
 */
const fetchPlainTokens: openid.CustomFetch = async (url, init) => {
  const response = await fetch(url, init as RequestInit);
  const json: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  if (typeof json !== 'object' || json === null || !('access_token' in json)) return response;
  const { id_token: _unread, scope, ...rest } = json as Record<string, unknown>;
  const body = JSON.stringify({ ...rest, scope: Array.isArray(scope) ? scope.join(' ') : (scope ?? '') });
  return new Response(body, { status: response.status, headers: { 'content-type': 'application/json' } });
};

function toProfile(read: ReadProfile, prefix: string) {
  const id = typeof read.id === 'number' ? String(read.id) : read.id;
  if (typeof id !== 'string' || id === '' || id.length > 255) throw new Error('the profile has no id');
  const name = toText(read.name)?.slice(0, 100);
  return {
    platformUserId: prefix + id,
    displayName: name || 'Somebody',
    email: toText(read.email),
    pictureUrl: toHttps(read.picture),
    profileUrl: toHttps(read.url),
  };
}

function toText(value: unknown): string | null {
  return typeof value === 'string' && value.length <= MOST_CHARACTERS
    ? value.replaceAll('\0', '').toWellFormed()
    : null;
}

function toHttps(value: unknown): string | null {
  const text = toText(value);
  return text !== null && URL.canParse(text) && new URL(text).protocol === 'https:' ? text : null;
}

function toAppError(error: unknown, name: string): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof openid.AuthorizationResponseError) {
    return error.error === 'access_denied'
      ? new AppError('forbidden', `You have not let ${name} sign you in. Nothing was changed.`, { cause: error })
      : new AppError('fetch_failed', `${name} could not sign you in. Please try again.`, { cause: error });
  }
  if (error instanceof openid.ResponseBodyError && error.error === 'invalid_grant') {
    return new AppError('invalid_request', `${name} does not accept this sign-in any more. Please start again.`, {
      cause: error,
    });
  }
  return new AppError('fetch_failed', `${name} cannot be reached, or gave an answer that cannot be used.`, {
    cause: error,
  });
}
