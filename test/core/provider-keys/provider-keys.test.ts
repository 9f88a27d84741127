import type { RequestListener } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createCatalogueModel } from '../../support/catalogue-models.ts';
import { startFakeModelServer } from '../../support/fake-model-server.ts';
import { createTestProviderKeys, KEY } from '../../support/test-provider-keys.ts';
import { createWebSite } from '../../support/web-site.ts';

function json(text: string): RequestListener {
  return (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(text);
}

describe('saving an own model key', () => {
  it('keeps one that its server takes, and shows only the end of it', async () => {
    await using server = await startFakeModelServer();
    await using t = await createTestProviderKeys();
    server.models = { names: ['fake'], isPublic: false };
    server.acceptOnly(KEY);

    const saved = await t.put({ baseUrl: server.url });

    const host = new URL(server.url).host;
    expect(saved).toEqual({
      provider: host,
      last4: '8h3k',
      baseUrl: server.url,
      model: null,
      updatedAt: expect.any(Date),
    });
    expect(await t.providerKeys.get(t.ada.id)).toEqual(saved);
    expect(server.requests).toEqual([]);
  });

  it('keeps it encrypted, beside the id of the encryption key', async () => {
    await using server = await startFakeModelServer();
    await using t = await createTestProviderKeys();

    await t.put({ baseUrl: server.url });

    const [row] = await t.kept();
    expect(JSON.stringify(row)).not.toContain(KEY.slice(0, -4));
    expect(row.api_key.split('.')[1]).toBe(row.key_id);
  });

  it('puts a new one in the place of the one before', async () => {
    await using server = await startFakeModelServer();
    await using t = await createTestProviderKeys();

    await t.put({ baseUrl: server.url });
    const second = await t.put({ apiKey: 'sk-another-one-2222', baseUrl: server.url });

    expect(second.last4).toBe('2222');
    expect(await t.kept()).toHaveLength(1);
  });

  it("is for the operator's server when no address is given, which is not told to anybody", async () => {
    await using server = await startFakeModelServer();
    await using t = await createTestProviderKeys({ operatorsBaseUrl: server.url, allowPrivateHosts: [] });

    const saved = await t.put();

    expect(saved).toMatchObject({ provider: 'default', baseUrl: null });
    expect(server.keys).toEqual([KEY]);
  });

  it('refuses one that its server refuses, without repeating it', async () => {
    await using server = await startFakeModelServer();
    await using t = await createTestProviderKeys();
    server.models = { names: ['fake'], isPublic: false };
    server.acceptOnly('sk-somebody-elses');

    const saving = t.put({ baseUrl: server.url });

    await expect(saving).rejects.toMatchObject({
      code: 'provider_key_rejected',
      message: expect.stringMatching(/refused this key.*api_key/s),
      cause: undefined,
    });
    await expect(saving).rejects.not.toMatchObject({ message: expect.stringContaining(KEY) });
    expect(await t.kept()).toEqual([]);
  });

  it.each([
    ['lists its models for everybody', { names: ['fake'], isPublic: true }],
    ['lists no models', null],
  ])('asks for a short answer where the server %s', async (_, models) => {
    await using server = await startFakeModelServer();
    await using t = await createTestProviderKeys();
    server.models = models;
    server.acceptOnly(KEY);

    const saved = await t.put({ baseUrl: server.url });
    const refused = t.put({ baseUrl: server.url, apiKey: 'sk-wrong-wrong' });

    expect(saved.last4).toBe('8h3k');
    await expect(refused).rejects.toMatchObject({ code: 'provider_key_rejected' });
    expect((await t.providerKeys.get(t.ada.id)).last4).toBe('8h3k');
    expect(server.keys).toEqual([KEY]);
  });

  it.each([400, 405, 501])('does without a list where the server answers %i to that', async (status) => {
    await using site = await createWebSite({
      '/v1/models': (_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end('{}'),
      '/v1/chat/completions': (_, response) =>
        response
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .end('data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'),
    });
    await using t = await createTestProviderKeys();

    expect(await t.put({ baseUrl: `${site.url}/v1` })).toMatchObject({ last4: '8h3k' });
    expect(site.paths()).toEqual(['/v1/models', '/v1/chat/completions']);
  });

  it('says when the key has no credit left', async () => {
    await using server = await startFakeModelServer();
    await using t = await createTestProviderKeys();
    server.next({ status: 402 });

    await expect(t.put({ baseUrl: server.url })).rejects.toMatchObject({
      code: 'provider_key_rejected',
      message: expect.stringContaining('credit'),
    });
  });

  it('passes on how long a busy provider wants to be left alone', async () => {
    await using server = await startFakeModelServer();
    await using t = await createTestProviderKeys();
    server.next({ status: 429, headers: { 'retry-after': '42' } });

    await expect(t.put({ baseUrl: server.url })).rejects.toMatchObject({
      code: 'provider_rate_limited',
      retryAfterSeconds: 42,
    });
  });

  it.each([500, 503])('keeps nothing while the provider answers %i', async (status) => {
    await using server = await startFakeModelServer();
    await using t = await createTestProviderKeys();
    server.always({ status });

    await expect(t.put({ baseUrl: server.url })).rejects.toMatchObject({
      code: 'provider_unavailable',
      message: expect.stringContaining('was not saved'),
    });
    expect(await t.kept()).toEqual([]);
  });

  it('keeps nothing when nobody is there', async () => {
    await using t = await createTestProviderKeys();

    await expect(t.put({ baseUrl: 'http://127.0.0.1:1/v1' })).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  it.each([
    ['a website', { '/v1/models': '<h1>Welcome</h1>' }],
    ['another API', { '/v1/models': json('{"ok":true}') }],
    ['JSON that is none', { '/v1/models': json('{"data":') }],
    ['nothing at this path', {}],
  ])('names base_url when there is %s', async (_, pages) => {
    await using site = await createWebSite(pages);
    await using t = await createTestProviderKeys();

    await expect(t.put({ baseUrl: `${site.url}/v1` })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(/^base_url /),
    });
  });
});

describe('saving an own model key of somebody who is erased meanwhile', () => {
  it('keeps nothing, and says why', async () => {
    await using server = await startFakeModelServer();
    await using t = await createTestProviderKeys();
    const held = server.holdNext();

    const saving = t.put({ baseUrl: server.url });
    const refused = expect(saving).rejects.toMatchObject({ code: 'unauthorized' });
    await held.arrived;
    await t.db('users').delete();
    held.release();

    await refused;
    expect(await t.kept()).toEqual([]);
  });
});

describe('the model of an own key', () => {
  it('may be any that the provider lists', async () => {
    await using server = await startFakeModelServer();
    await using t = await createTestProviderKeys();
    server.models = { names: ['fake', 'better'], isPublic: true };

    expect(await t.put({ baseUrl: server.url, model: 'better' })).toMatchObject({ model: 'better' });
    await expect(t.put({ baseUrl: server.url, model: 'best' })).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'model must be one that this provider has: fake, better.',
    });
  });

  it('is found under the name of its maker, too', async () => {
    await using server = await startFakeModelServer();
    await using t = await createTestProviderKeys();
    server.models = { names: ['other/one', 'maker/fake'], isPublic: true };

    expect(await t.put({ baseUrl: server.url })).toMatchObject({ model: 'maker/fake' });
    expect(server.requests[0]?.model).toBe('maker/fake');
  });

  it('is the first of the usual ones that the provider has, where the operator lets the router choose', async () => {
    await using server = await startFakeModelServer();
    const catalogue = ['dear', 'fair'].map((id) =>
      createCatalogueModel({ id, quality: 70, dollars: id === 'fair' ? 1 : 9 }),
    );
    await using t = await createTestProviderKeys({ usualModel: 'auto', catalogue });

    server.models = { names: ['other', 'dear', 'fair'], isPublic: true };
    expect(await t.put({ baseUrl: server.url })).toMatchObject({ model: 'fair' });
    server.models = { names: ['other', 'maker/dear'], isPublic: true };
    expect(await t.put({ baseUrl: server.url })).toMatchObject({ model: 'maker/dear' });
    server.models = { names: ['other', 'another'], isPublic: true };
    for (const status of [404, 400]) {
      server.next({ status });
      await expect(t.put({ baseUrl: server.url })).rejects.toMatchObject({
        code: 'invalid_request',
        message: 'model must be one that this provider has: other, another.',
      });
    }
    expect(server.requests.at(-1)?.model).toBe('fair');
  });

  it('is the usual one also at a server that does not list it, but answers by it', async () => {
    await using server = await startFakeModelServer();
    await using t = await createTestProviderKeys();
    server.models = { names: ['other', 'another'], isPublic: false };

    expect(await t.put({ baseUrl: server.url })).toMatchObject({ model: null });
    expect(server.requests.map(({ model }) => model)).toEqual(['fake']);
  });

  it('is the only one there is, unless another was asked for', async () => {
    await using server = await startFakeModelServer();
    await using t = await createTestProviderKeys();
    server.models = { names: ['llama'], isPublic: true };

    expect(await t.put({ baseUrl: server.url })).toMatchObject({ model: 'llama' });
    await expect(t.put({ baseUrl: server.url, model: 'fake' })).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('what a server that somebody brings is told', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('is the key and the question, nothing of the operator or this machine', async () => {
    vi.stubEnv('OPENAI_API_KEY', 'sk-the-operators');
    vi.stubEnv('OPENAI_ORG_ID', 'org-operators');
    vi.stubEnv('OPENAI_PROJECT_ID', 'proj-operators');
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'Authorization: Bearer sk-the-operators\nx-gateway: operators');
    await using site = await createWebSite({ '/v1/models': json('{"data":[{"id":"fake"}]}') });
    await using t = await createTestProviderKeys();

    await expect(t.put({ baseUrl: `${site.url}/v1` })).rejects.toThrow();

    expect(site.paths()).toEqual(['/v1/models', '/v1/models', '/v1/chat/completions']);
    expect(site.requests.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${KEY}`,
      'Bearer none',
      `Bearer ${KEY}`,
    ]);
    for (const { headers } of site.requests) {
      expect(JSON.stringify(headers)).not.toMatch(/operators|stainless|openai|x64|arm64|linux/i);
    }
  });
});

describe('removing an own model key', () => {
  it('leaves nothing of it', async () => {
    await using server = await startFakeModelServer();
    await using t = await createTestProviderKeys();
    await t.put({ baseUrl: server.url });

    await t.providerKeys.remove(t.ada.id);

    expect(await t.kept()).toEqual([]);
    await expect(t.providerKeys.get(t.ada.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(t.providerKeys.remove(t.ada.id)).rejects.toMatchObject({ code: 'not_found' });
  });
});
