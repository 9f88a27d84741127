import type * as openid from 'openid-client';
import { plainFetch } from '../net/plain-fetch.ts';
import { toBasicCredentials } from './basic-credentials.ts';

/** Where the ID token is found of a server whose keys and issuer the library is not told. */
export const ID_TOKEN_ASIDE = 'id_token_aside';

/**
 * Asks a server for tokens, and puts right where it leaves the standard.
 * @param options.takesIdToken of a server whose ID tokens the library can check; of others they are put aside
 */
export function createTokenFetch({ takesIdToken }: { takesIdToken: boolean }): openid.CustomFetch {
  return async function fetchTokens(url, init) {
    const response = await send(url, init);
    const json = await readJson(response);
    if (json === null) return response;
    if ('access_token' in json) return toJson(toTokens(json, { takesIdToken }), response.status);
    // Twitch tells in words alone that a refresh token is no longer good.
    const isSpentTwitchToken = typeof json.message === 'string' && /^invalid refresh token/i.test(json.message);
    if (isSpentTwitchToken) return toJson({ error: 'invalid_grant' }, 400);
    // GitHub and Slack answer errors with status 200.
    return response.ok && typeof json.error === 'string' ? toJson({ error: json.error }, 400) : response;
  };
}

/** Twitch sends `scope` as a list, where the standard has text; others send what they do not have as null, or no type. */
function toTokens(json: Record<string, unknown>, { takesIdToken }: { takesIdToken: boolean }): Record<string, unknown> {
  const { id_token: idToken, scope, ...rest } = json;
  const tokens = {
    token_type: 'bearer',
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null && value !== '')),
    scope: Array.isArray(scope) ? scope.join(' ') : (scope ?? undefined),
  };
  return { ...tokens, [takesIdToken ? 'id_token' : ID_TOKEN_ASIDE]: idToken };
}

/** Sends the client's secret in a header where the body is refused, as by Spotify's documentation. */
async function send(url: string, init: openid.CustomFetchOptions): Promise<Response> {
  const response = await plainFetch(url, init as RequestInit);
  const { body } = init;
  if (response.ok || !(body instanceof URLSearchParams) || !body.has('client_secret')) return response;
  if ((await readJson(response))?.error !== 'invalid_client') return response;
  const { client_id: id = '', client_secret: secret = '', ...rest } = Object.fromEntries(body);
  return plainFetch(url, {
    ...(init as RequestInit),
    headers: { ...init.headers, authorization: toBasicCredentials(id, secret) },
    body: new URLSearchParams(rest),
  });
}

/** Null where the body is no JSON object. Leaves the response to be read again. */
async function readJson(response: Response): Promise<Record<string, unknown> | null> {
  const json: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : null;
}

function toJson(body: unknown, status: number): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
}
