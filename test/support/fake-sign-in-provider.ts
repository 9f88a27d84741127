import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import type { ProviderProfile, SignInProvider } from '../../core/ports/sign-in-provider.ts';

export const clientId = 'parley-client';
export const clientSecret = 'parley-client-secret';

interface Grant {
  redirectUri: string;
  challenge: string;
  method: string;
  nonce: string | null;
  scope: string;
  person: Record<string, unknown>;
}

/** What the API answers at one path, with a query or for all. */
export interface ApiPage {
  body: unknown;
  status?: number;
  headers?: Record<string, string>;
  /** Needed to see it. */
  scope?: string;
}

/** A person as one token shows them. */
type Access = Pick<Grant, 'scope' | 'person'>;

/**
 * An OAuth 2 and OpenID Connect server that enforces its rules: codes work once, for the client, the address and the
 * PKCE verifier they were made for; so do refresh tokens. `person` is who is logged in there, with their `emails` kept
 * apart as GitHub does, and `pages` is what its API tells whoever brings a valid token.
 */
export async function createFakeSignInProvider({
  person,
  issuerPath = '',
}: {
  person: Record<string, unknown>;
  /** What follows the address in the name that it has as an issuer. */
  issuerPath?: string;
}) {
  let keys = await generateKeyPair('RS256');
  let keyId = 'key-1';
  const grants = new Map<string, Grant>();
  const people = new Map<string, Access>();
  const refreshTokens = new Map<string, Access>();
  /** What to change of the next answers, to stand for a provider that errs or lies. */
  const trouble: {
    tokenStatus?: number;
    tokenBody?: unknown;
    nonce?: string;
    audience?: string;
    deny?: boolean;
    expiresIn?: number;
    ignoresPkce?: boolean;
    /** Takes the client's secret in a header only; `told` in the description of an issuer. */
    secretInHeader?: { told: boolean };
    /** Knows access tokens only when one is given back, as Twitch does. */
    revokesAccessTokensOnly?: boolean;
    /** Of an issuer: has a place where a session is ended. */
    endsSessions?: boolean;
    /** Of an issuer: tells everything in the ID token. */
    hasNoUserinfo?: boolean;
    /** In the place of fields of a pair of tokens. */
    tokenFields?: Record<string, unknown>;
    /** In the place of the ID token that the claims belong in. */
    forgeIdToken?: (claims: JWTPayload) => Promise<string | undefined> | string;
  } = {};
  const state = {
    person,
    trouble,
    emails: null as unknown,
    pages: new Map<string, ApiPage>(),
    /** Paths with queries of the API that were asked for, in order. */
    asked: [] as string[],
    lastTokenRequest: null as URLSearchParams | null,
    refreshes: 0,
    revoked: [] as string[],
  };

  /** A pair of tokens; the access token also opens the API. */
  function issue(access: Access, { isPlain }: { isPlain: boolean }) {
    const token = randomUUID();
    const refreshToken = `refresh-${token}`;
    people.set(token, access);
    refreshTokens.set(refreshToken, access);
    return {
      access_token: token,
      refresh_token: refreshToken,
      token_type: 'bearer',
      expires_in: trouble.expiresIn ?? 3600,
      // Twitch sends a list, where the standard has text.
      scope: isPlain ? access.scope.split(' ') : access.scope,
      ...trouble.tokenFields,
    };
  }

  function forget(token: string): void {
    state.revoked.push(token);
    refreshTokens.delete(token);
    people.delete(token);
  }

  const server = createServer(async (req, res) => {
    const at = new URL(req.url ?? '', url);
    const json = (status: number, body: unknown) =>
      void res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (at.pathname === `${issuerPath.replace(/\/$/, '')}/.well-known/openid-configuration`) {
      return json(200, {
        issuer: url + issuerPath,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
        userinfo_endpoint: `${url}/userinfo`,
        jwks_uri: `${url}/keys`,
        revocation_endpoint: `${url}/revoke`,
        ...(trouble.endsSessions && { end_session_endpoint: `${url}/end-session` }),
        id_token_signing_alg_values_supported: ['RS256'],
        code_challenge_methods_supported: ['S256'],
        ...(trouble.hasNoUserinfo && { userinfo_endpoint: undefined }),
        ...(trouble.secretInHeader?.told && { token_endpoint_auth_methods_supported: ['client_secret_basic'] }),
      });
    }
    if (at.pathname === '/keys') {
      return json(200, { keys: [{ ...(await exportJWK(keys.publicKey)), kid: keyId, alg: 'RS256', use: 'sig' }] });
    }
    if (at.pathname === '/authorize') {
      const back = new URL(at.searchParams.get('redirect_uri') ?? '');
      back.searchParams.set('state', at.searchParams.get('state') ?? '');
      if (trouble.deny) back.searchParams.set('error', 'access_denied');
      else {
        const code = randomUUID();
        grants.set(code, {
          redirectUri: `${back.origin}${back.pathname}`,
          challenge: at.searchParams.get('code_challenge') ?? '',
          method: at.searchParams.get('code_challenge_method') ?? 'plain',
          nonce: at.searchParams.get('nonce'),
          scope: at.searchParams.get('scope') ?? '',
          person: state.person,
        });
        back.searchParams.set('code', code);
      }
      return void res.writeHead(302, { location: back.href }).end();
    }
    if (at.pathname === '/token' || /^(\/token)?\/revoke$/.test(at.pathname)) {
      let text = '';
      for await (const chunk of req) text += chunk;
      const form = new URLSearchParams(text);
      if (at.pathname === '/token') state.lastTokenRequest = form;
      if (trouble.tokenStatus) return json(trouble.tokenStatus, trouble.tokenBody ?? {});
      const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
      const isInBody = form.get('client_secret') === clientSecret && !trouble.secretInHeader;
      const isInHeader = req.headers.authorization === basic && !form.has('client_secret');
      if (!isInBody && !isInHeader) {
        return json(401, { error: 'invalid_client' });
      }
      if (at.pathname !== '/token') {
        const token = form.get('token') ?? '';
        if (trouble.revokesAccessTokensOnly && !people.has(token)) return json(400, { message: 'Invalid token' });
        forget(token);
        return json(200, {});
      }
      if (form.get('grant_type') === 'refresh_token') {
        state.refreshes += 1;
        const spent = form.get('refresh_token') ?? '';
        const access = refreshTokens.get(spent);
        refreshTokens.delete(spent);
        return access ? json(200, issue(access, { isPlain: true })) : json(400, { error: 'invalid_grant' });
      }
      const code = form.get('code') ?? '';
      const grant = grants.get(code);
      grants.delete(code);
      const verifier = form.get('code_verifier') ?? '';
      const hash = createHash('sha256').update(verifier).digest('base64url');
      const isVerified = trouble.ignoresPkce || grant?.challenge === (grant?.method === 'S256' ? hash : verifier);
      if (!grant || !isVerified || grant.redirectUri !== form.get('redirect_uri')) {
        return json(400, { error: 'invalid_grant' });
      }
      const nonce = trouble.nonce ?? grant.nonce;
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        ...(nonce !== null && { nonce }),
        iss: url + issuerPath,
        sub: String(grant.person.sub ?? grant.person.id),
        aud: trouble.audience ?? clientId,
        iat: now,
        exp: now + 300,
        ...(trouble.hasNoUserinfo && grant.person),
      };
      const isPlain = !grant.scope.split(' ').includes('openid');
      const idToken = isPlain
        ? undefined
        : await (trouble.forgeIdToken?.(claims) ?? signAs(keys.privateKey, claims, keyId));
      return json(200, { ...issue(grant, { isPlain }), id_token: idToken });
    }
    if (req.method === 'DELETE' && at.pathname === `/applications/${clientId}/token`) {
      const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
      if (req.headers.authorization !== basic) return json(401, { message: 'Bad credentials' });
      forget((await readJson(req)).access_token ?? '');
      return void res.writeHead(204).end();
    }
    const found = people.get(/^Bearer (.+)$/i.exec(req.headers.authorization ?? '')?.[1] ?? '');
    if (!found) return json(401, { error: 'invalid_token' });
    if (req.method === 'POST' && at.pathname === '/auth.revoke') {
      forget(/ (.+)$/.exec(req.headers.authorization ?? '')?.[1] ?? '');
      return json(200, { ok: true, revoked: true });
    }
    if (at.pathname === '/userinfo') return json(200, found.person);
    if (at.pathname === '/userinfo/emails') return json(state.emails === null ? 403 : 200, state.emails);
    state.asked.push(at.pathname + at.search);
    const page = state.pages.get(at.pathname + at.search) ?? state.pages.get(at.pathname);
    if (!page) return json(404, { message: 'Not Found' });
    if (page.scope && !found.scope.split(' ').includes(page.scope)) return json(403, { error: 'insufficient_scope' });
    res.setHeaders(new Headers(page.headers));
    json(page.status ?? 200, page.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return Object.assign(state, {
    url,
    /** Signs what it would not say itself. */
    sign: (claims: JWTPayload) => signAs(keys.privateKey, claims, keyId),
    /** Signs with another key from now on, which it tells of where its keys are read. */
    async rotateKey(): Promise<void> {
      keys = await generateKeyPair('RS256');
      keyId = `key-${randomUUID()}`;
    },
    /** As when a provider ends access tokens before their time. */
    forgetAccessTokens: () => people.clear(),
    /** As when the person takes the access back in their settings there. */
    forgetEverybody(): void {
      people.clear();
      refreshTokens.clear();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

async function readJson(req: IncomingMessage): Promise<Record<string, string>> {
  let text = '';
  for await (const chunk of req) text += chunk;
  return JSON.parse(text);
}

/** As the provider signs its ID tokens, with whosever key. */
export function signAs(key: CryptoKey, claims: JWTPayload, kid = 'key-1'): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(key);
}

/** Goes the whole way through a provider, as a browser would. */
export async function signInAt(provider: SignInProvider, scopes: string[] = []): Promise<ProviderProfile> {
  const secrets = provider.createSecrets(scopes);
  const there = await fetch(await provider.toAuthorizeUrl(secrets), { redirect: 'manual' });
  return provider.finish(new URL(there.headers.get('location') ?? '').search, secrets);
}
