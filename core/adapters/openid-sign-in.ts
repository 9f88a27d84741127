import * as openid from 'openid-client';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type {
  Provider,
  ProviderProfile,
  ProviderTokens,
  SignInProvider,
  SignInSecrets,
} from '../ports/sign-in-provider.ts';
import { withoutEmpty } from './empty-claims.ts';
import { assertIdToken } from './id-token.ts';
import { createSignatureCheck } from './id-token-signature.ts';
import { createOpenIdConfiguration, type OpenIdClient } from './openid-configuration.ts';
import { createRevokeTokens } from './revoke-tokens.ts';
import { toSignInProfile } from './sign-in-profile.ts';
import { type ProviderDescription, type ReadProfile, readClaims } from './sign-in-providers.ts';
import { ID_TOKEN_ASIDE } from './token-fetch.ts';

/** What servers call a refresh token that works no more: the standard, GitHub, Slack. */
const SPENT = new Set(['invalid_grant', 'bad_refresh_token', 'invalid_refresh_token', 'token_expired']);

/** What servers answer when the person has said no. */
const DENIED = 'access_denied';

type Tokens = openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers;

export interface OpenIdSignInOptions extends OpenIdClient {
  id: Provider;
  description: Pick<ProviderDescription, 'name' | 'scope' | 'readProfile' | 'emails' | 'toRevocation'>;
  redirectUri: string;
  clock: Clock;
}

/** Signs in through any OAuth 2 or OpenID Connect server: code flow with state and PKCE, nonce where there is an ID token. */
export function createOpenIdSignIn(options: OpenIdSignInOptions): SignInProvider {
  const { id, description, server, clientId, redirectUri, clock } = options;
  const isOidc = 'issuer' in server;
  const hasIdToken = toScopes(description.scope).includes('openid');
  const configuration = createOpenIdConfiguration(options);
  const verifySignature = createSignatureCheck();
  const revokeTokens = createRevokeTokens({ ...options, configuration });

  /** Asks an address of a plain OAuth server as the person. */
  async function fetchJson(config: openid.Configuration, accessToken: string, url: string): Promise<unknown> {
    const headers = new Headers({ accept: 'application/json', 'user-agent': 'parley', 'client-id': clientId });
    const response = await openid.fetchProtectedResource(config, accessToken, new URL(url), 'GET', undefined, headers);
    if (!response.ok) throw new Error(`the profile was answered with status ${response.status}`);
    return response.json();
  }

  /** What an issuer says of the person, in the ID token and where it is asked for more: the token says who it is. */
  async function fetchClaims(config: openid.Configuration, tokens: Tokens): Promise<ReadProfile> {
    const claims = tokens.claims();
    const isAsked = config.serverMetadata().userinfo_endpoint !== undefined;
    const more =
      isAsked && (await openid.fetchUserInfo(config, tokens.access_token, claims?.sub ?? openid.skipSubjectCheck));
    return description.readProfile(withoutEmpty({ ...claims, ...(more || {}) }) as Record<string, unknown>);
  }

  async function fetchProfile(config: openid.Configuration, tokens: Tokens, nonce: string): Promise<ReadProfile> {
    if (isOidc) return fetchClaims(config, tokens);
    const said = await fetchJson(config, tokens.access_token, server.userinfoUrl);
    const json = withoutEmpty(said) as Record<string, unknown>;
    const idToken = tokens[ID_TOKEN_ASIDE];
    if (hasIdToken && idToken !== undefined) {
      assertIdToken(idToken, { clientId, nonce, subject: json.sub, now: clock.now() });
    }
    const known = description.readProfile(json);
    // Whoever is asked in a provider's place, be it the provider at another address, may speak the standard's words.
    const profile = known.id === undefined ? readClaims(json) : known;
    if (!description.emails || profile.email) return profile;
    // Somebody without an address can sign in as well.
    const url = server.userinfoUrl + description.emails.path;
    const emails = await fetchJson(config, tokens.access_token, url).catch(() => null);
    return { ...profile, email: description.emails.read(emails) };
  }

  function toTokens(response: Tokens, before: Pick<ProviderTokens, 'refreshToken' | 'scopes'>): ProviderTokens {
    const seconds = response.expiresIn();
    return {
      accessToken: response.access_token,
      refreshToken: response.refresh_token ?? before.refreshToken,
      expiresAt: seconds === undefined ? null : new Date(clock.now().getTime() + seconds * 1000).toISOString(),
      // Left out where nothing was denied.
      scopes: response.scope === undefined ? before.scopes : toScopes(response.scope),
    };
  }

  /** The address that the browser came back to. @throws AppError `invalid_request` when it belongs to another attempt */
  function readAnswer(query: string, state: string): URL {
    const answer = new URL(query, redirectUri);
    // Some leave the state out of a no; there is nothing in it to be forged.
    const isDenied = answer.searchParams.get('error') === DENIED && !answer.searchParams.has('state');
    if (isDenied) throw declined(description.name);
    if (answer.searchParams.get('state') !== state) {
      throw new AppError(
        'invalid_request',
        `${description.name} answers another sign-in than this one. Please start again.`,
      );
    }
    // A plain OAuth server may name itself in a way that its addresses do not tell (RFC 9207). None can answer for
    // another one all the same: each comes back to an address of its own.
    if (!isOidc) answer.searchParams.delete('iss');
    return answer;
  }

  async function finish(query: string, { state, verifier, nonce, scope }: SignInSecrets): Promise<ProviderProfile> {
    const config = await configuration();
    const tokens = await openid.authorizationCodeGrant(config, readAnswer(query, state), {
      expectedState: state,
      pkceCodeVerifier: verifier,
      ...(isOidc && { expectedNonce: nonce }),
    });
    if (tokens.id_token !== undefined) await verifySignature(config, tokens.id_token);
    const profile = await fetchProfile(config, tokens, nonce);
    return {
      platform: id,
      ...toSignInProfile(profile, {
        idPrefix: isOidc ? `${server.issuer} ` : '',
        takesPlainHttp: redirectUri.startsWith('http:'),
      }),
      tokens: toTokens(tokens, { refreshToken: null, scopes: toScopes(scope) }),
    };
  }

  /** Every failure in words for the person. */
  async function explaining<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw toAppError(error, description.name);
    }
  }

  return {
    id,
    name: description.name,

    createSecrets: (scopes = []) => ({
      state: openid.randomState(),
      verifier: openid.randomPKCECodeVerifier(),
      nonce: openid.randomNonce(),
      scope: [...new Set([...toScopes(description.scope), ...scopes])].join(' '),
    }),

    toAuthorizeUrl: ({ state, verifier, nonce, scope }) =>
      explaining(async () =>
        openid.buildAuthorizationUrl(await configuration(), {
          redirect_uri: redirectUri,
          scope,
          state,
          code_challenge: await openid.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          ...(hasIdToken && { nonce }),
        }),
      ),

    finish: (query, secrets) => explaining(() => finish(query, secrets)),

    refresh: (tokens) =>
      explaining(async () => {
        if (tokens.refreshToken === null) throw signInAgain(description.name);
        try {
          return toTokens(await openid.refreshTokenGrant(await configuration(), tokens.refreshToken), tokens);
        } catch (error) {
          if (error instanceof openid.ResponseBodyError && SPENT.has(error.error)) {
            throw signInAgain(description.name, error);
          }
          throw error;
        }
      }),

    toLogOutUrl: (backTo) =>
      explaining(async () => {
        if (!isOidc) return null;
        const config = await configuration();
        if (config.serverMetadata().end_session_endpoint === undefined) return null;
        return openid.buildEndSessionUrl(config, { post_logout_redirect_uri: backTo });
      }),

    revoke: (tokens) => explaining(() => revokeTokens(tokens)),
  };
}

/** GitHub separates them by commas. */
function toScopes(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

function signInAgain(name: string, cause?: unknown): AppError {
  return new AppError('unauthorized', `${name} does not accept the stored sign-in any more. Sign in with it again.`, {
    cause,
  });
}

function declined(name: string, cause?: unknown): AppError {
  return new AppError('forbidden', `You have not let ${name} sign you in. Nothing was changed.`, { cause });
}

function toAppError(error: unknown, name: string): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof openid.AuthorizationResponseError) {
    return error.error === DENIED
      ? declined(name, error)
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
