import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isWithinReach } from '../../server/key-reach.ts';
import { createTestHttpServer, type TestHttpServer } from '../support/test-http-server.ts';

interface Operation {
  security: object[];
  parameters?: { name: string; in: string }[];
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

interface OpenApi {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: Record<string, object> };
}

describe('the OpenAPI description', () => {
  let t: TestHttpServer;
  let document: OpenApi;
  beforeAll(async () => {
    t = await createTestHttpServer();
    document = await (await t.request('GET', '/openapi.json')).json();
  });
  afterAll(() => t[Symbol.asyncDispose]());

  const operations = () =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );

  it('follows the rules of OpenAPI 3.1', async () => {
    const result = await new Validator().validate(JSON.parse(JSON.stringify(document)));

    expect(result.errors ?? []).toEqual([]);
    expect(document.openapi).toBe('3.1.0');
  });

  it('describes every route of the contract', () => {
    expect(operations().map(({ method, path }) => `${method.toUpperCase()} ${path}`)).toEqual([
      'POST /api/visitors',
      'POST /api/visitors/claim',
      'POST /api/auth/register',
      'POST /api/auth/login',
      'POST /api/auth/refresh',
      'POST /api/auth/logout',
      'GET /api/auth/me',
      'PUT /api/auth/password',
      'GET /api/auth/logins',
      'DELETE /api/auth/logins',
      'DELETE /api/auth/logins/{login_id}',
      'GET /api/users/me/identities',
      'DELETE /api/users/me/identities/{identity_id}',
      'GET /api/users/me/profile-sources',
      'PUT /api/users/me/profile-sources/{provider}',
      'POST /api/links',
      'GET /api/users/me/provider-key',
      'PUT /api/users/me/provider-key',
      'DELETE /api/users/me/provider-key',
      'GET /api/models',
      'GET /api/users/me/settings',
      'PATCH /api/users/me/settings',
      'GET /api/users/me/export',
      'DELETE /api/users/me',
      'GET /api/sessions',
      'POST /api/sessions',
      'DELETE /api/sessions',
      'GET /api/sessions/{session_id}',
      'PATCH /api/sessions/{session_id}',
      'DELETE /api/sessions/{session_id}',
      'GET /api/sessions/{session_id}/messages',
      'POST /api/sessions/{session_id}/messages',
      'DELETE /api/sessions/{session_id}/messages',
      'GET /api/messages',
      'DELETE /api/messages/{message_id}',
      'GET /api/messages/{message_id}/why',
      'POST /api/messages/{message_id}/feedback',
      'POST /api/messages/{message_id}/continue',
      'GET /api/api-keys',
      'POST /api/api-keys',
      'PATCH /api/api-keys/{name}',
      'DELETE /api/api-keys/{name}',
      'GET /api/wallet',
      'GET /api/wallet/ledger',
      'GET /api/wallet/spending',
      'POST /api/wallet/recharge',
      'GET /api/wallet/recharges/{recharge_id}',
      'POST /webhooks/stripe',
      'POST /api/query',
      'POST /v1/chat/completions',
      'POST /v1/embeddings',
      'GET /v1/embeddings/models',
      'GET /v1/models',
      'GET /v1/models/{model}',
      'GET /healthz',
      'GET /readyz',
      'GET /metrics',
    ]);
  });

  it('says of each route of the API how to be let in and how it refuses', () => {
    const api = operations().filter(({ path }) => path.startsWith('/api/'));

    const open = ['/api/visitors', '/api/auth/register', '/api/auth/login', '/api/auth/refresh'];
    for (const { path, method, operation } of api) {
      const mayKeys = isWithinReach(method, path);
      const anybody = mayKeys ? [{ visitor: [] }, { api_key: [] }] : [{ visitor: [] }];
      expect(operation.security).toEqual(open.includes(path) ? [] : anybody);
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['403', '429', '500', '503']));
      if (path !== '/api/auth/register') expect(operation.responses).toHaveProperty('401');
    }
    expect(document.components.securitySchemes).toHaveProperty('visitor');
  });

  it('is what routes really answer', async () => {
    const asker = await t.createAsker();
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(ajv);
    ajv.addSchema({ $id: 'openapi', ...document });
    const path = `/api/sessions/${asker.sessionId}/messages`;
    const call = t.scripted.call(0);
    const asking = t.request('POST', path, { ...asker, body: { text: 'Hi', image_url: 'https://example.com/a.png' } });
    const answer = await call;
    answer.live.showSources([{ n: 1, title: 'Guide', url: null, snippet: 'Say hi.', score: 0.5 }]);
    answer.finish();
    const exchange = await asking;
    const message = (await exchange.clone().json()).ai_response.id;

    const seen: [string, string, Response][] = [
      ['/api/visitors', 'post', await t.request('POST', '/api/visitors')],
      ['/api/visitors', 'post', await t.request('POST', '/api/visitors', asker)],
      ['/api/visitors', 'post', await t.request('POST', '/api/visitors', { token: 'forged' })],
      ['/api/sessions', 'get', await t.request('GET', '/api/sessions', asker)],
      ['/api/sessions', 'get', await t.request('GET', '/api/sessions?limit=x', asker)],
      ['/api/sessions', 'post', await t.request('POST', '/api/sessions', asker)],
      ['/api/sessions/{session_id}', 'get', await t.request('GET', `/api/sessions/${asker.sessionId}`, asker)],
      ['/api/sessions/{session_id}', 'get', await t.request('GET', `/api/sessions/${message}`, asker)],
      [
        '/api/sessions/{session_id}',
        'patch',
        await t.request('PATCH', `/api/sessions/${asker.sessionId}`, { ...asker, body: { title: 'A' } }),
      ],
      ['/api/sessions/{session_id}/messages', 'post', exchange],
      ['/api/sessions/{session_id}/messages', 'get', await t.request('GET', path, asker)],
      ['/api/messages', 'get', await t.request('GET', '/api/messages?q=Hi', asker)],
      [
        '/api/messages/{message_id}/feedback',
        'post',
        await t.request('POST', `/api/messages/${message}/feedback`, { ...asker, body: { rating: 'up' } }),
      ],
      ['/api/messages/{message_id}', 'delete', await t.request('DELETE', `/api/messages/${message}`, asker)],
      ['/api/sessions', 'delete', await t.request('DELETE', '/api/sessions', asker)],
      ['/healthz', 'get', await t.request('GET', '/healthz')],
      ['/readyz', 'get', await t.request('GET', '/readyz')],
    ];

    for (const [template, method, response] of seen) {
      const where = `${method} ${template} ${response.status}`;
      const described = document.paths[template]?.[method]?.responses[response.status];
      expect(described, where).toBeDefined();
      if (!described?.content) {
        expect(await response.text(), where).toBe('');
        continue;
      }
      const pointer = [
        'paths',
        template,
        method,
        'responses',
        String(response.status),
        'content',
        'application/json',
        'schema',
      ]
        .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
        .join('/');
      const isValid = ajv.validate({ $ref: `openapi#/${pointer}` }, await response.json());
      expect(isValid ? [] : ajv.errors, where).toEqual([]);
    }
  });

  it('can be browsed without leaving this server', async () => {
    const page = await (await t.request('GET', '/docs')).text();
    const parts = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');

    expect(parts.filter((part) => part.startsWith('/')).length).toBe(3);
    expect(parts.filter((part) => !part.startsWith('/') && part !== 'data:,')).toEqual([]);
    for (const part of parts.filter((part) => part.startsWith('/'))) {
      expect((await t.request('GET', part)).status).toBe(200);
    }
    expect(page).not.toMatch(/<script>|style=/);
  });
});
