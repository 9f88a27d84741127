import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export const clientId = 'parley-client';
export const clientSecret = 'parley-client-secret';

interface Grant {
  redirectUri: string;
  challenge: string;
  nonce: string | null;
  person: Record<string, unknown>;
}

/**
 * An OAuth 2 and OpenID Connect server that enforces its rules: codes work once, for the client, the address and the
 * PKCE verifier they were made for. `person` is who is logged in there.
 */
export async function createFakeSignInProvider({ person }: { person: Record<string, unknown> }) {
  const keys = await generateKeyPair('RS256');
  const grants = new Map<string, Grant>();
  const people = new Map<string, Record<string, unknown>>();
  /** What to change of the next answers, to stand for a provider that errs or lies. */
  const trouble: { tokenStatus?: number; tokenBody?: unknown; nonce?: string; audience?: string; deny?: boolean } = {};
  const state = { person, trouble, lastTokenRequest: null as URLSearchParams | null };

  const server = createServer(async (req, res) => {
    const at = new URL(req.url ?? '', url);
    const json = (status: number, body: unknown) =>
      void res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (at.pathname === '/.well-known/openid-configuration') {
      return json(200, {
        issuer: url,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
        userinfo_endpoint: `${url}/userinfo`,
        jwks_uri: `${url}/keys`,
        id_token_signing_alg_values_supported: ['RS256'],
        code_challenge_methods_supported: ['S256'],
      });
    }
    if (at.pathname === '/keys') return json(200, { keys: [await exportJWK(keys.publicKey)] });
    if (at.pathname === '/authorize') {
      const back = new URL(at.searchParams.get('redirect_uri') ?? '');
      back.searchParams.set('state', at.searchParams.get('state') ?? '');
      if (trouble.deny) back.searchParams.set('error', 'access_denied');
      else {
        const code = randomUUID();
        grants.set(code, {
          redirectUri: `${back.origin}${back.pathname}`,
          challenge: at.searchParams.get('code_challenge') ?? '',
          nonce: at.searchParams.get('nonce'),
          person: state.person,
        });
        back.searchParams.set('code', code);
      }
      return void res.writeHead(302, { location: back.href }).end();
    }
    if (at.pathname === '/token') {
      let text = '';
      for await (const chunk of req) text += chunk;
      const form = new URLSearchParams(text);
      state.lastTokenRequest = form;
      if (trouble.tokenStatus) return json(trouble.tokenStatus, trouble.tokenBody ?? {});
      const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
      if (form.get('client_secret') !== clientSecret && req.headers.authorization !== basic) {
        return json(401, { error: 'invalid_client' });
      }
      const code = form.get('code') ?? '';
      const grant = grants.get(code);
      grants.delete(code);
      const challenge = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url');
      if (!grant || grant.challenge !== challenge || grant.redirectUri !== form.get('redirect_uri')) {
        return json(400, { error: 'invalid_grant' });
      }
      const token = randomUUID();
      people.set(token, grant.person);
      const nonce = trouble.nonce ?? grant.nonce;
      const idToken = await new SignJWT(nonce === null ? {} : { nonce })
        .setProtectedHeader({ alg: 'RS256' })
        .setIssuer(url)
        .setSubject(String(grant.person.sub ?? grant.person.id))
        .setAudience(trouble.audience ?? clientId)
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(keys.privateKey);
      return json(200, {
        access_token: token,
        refresh_token: `refresh-${token}`,
        token_type: 'bearer',
        expires_in: 3600,
        // Twitch sends a list, where the standard has text.
        scope: grant.nonce === null ? ['a', 'b'] : 'a b',
        id_token: idToken,
      });
    }
    const found = people.get(/^Bearer (.+)$/i.exec(req.headers.authorization ?? '')?.[1] ?? '');
    return found ? json(200, found) : json(401, { error: 'invalid_token' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return Object.assign(state, {
    url,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
