import { describe, expect, it } from 'vitest';
import { startFakeModelServer } from '../support/fake-model-server.ts';
import { createTestHttpServer, website } from '../support/test-http-server.ts';

const PATH = '/api/users/me/provider-key';
const KEY = 'sk-adas-own-key-8h3k';

async function createTest() {
  const provider = await startFakeModelServer();
  provider.acceptOnly(KEY);
  const t = await createTestHttpServer({ ownKeys: { allowPrivateHosts: ['127.0.0.1'] } });
  return {
    ...t,
    provider,
    ada: await t.createVisitor(),
    body: { api_key: KEY, base_url: provider.url },
    async [Symbol.asyncDispose]() {
      await t[Symbol.asyncDispose]();
      await provider[Symbol.asyncDispose]();
    },
  };
}

describe('the route of an own model key', () => {
  it('saves, shows and removes it', async () => {
    await using t = await createTest();
    const { token } = t.ada;

    const none = await t.request('GET', PATH, { token });
    const saved = await t.request('PUT', PATH, { token, body: t.body });
    const shown = await t.request('GET', PATH, { token });
    const removed = await t.request('DELETE', PATH, { token });
    const gone = await t.request('GET', PATH, { token });

    const key = {
      provider: new URL(t.provider.url).host,
      last4: '8h3k',
      base_url: t.provider.url,
      updated_at: expect.stringMatching(/Z$/),
    };
    expect([none.status, saved.status, shown.status, removed.status, gone.status]).toEqual([404, 200, 200, 204, 404]);
    expect(await saved.json()).toEqual(key);
    expect(await shown.json()).toEqual(key);
    expect((await gone.json()).error.code).toBe('not_found');
  });

  it('shows the model where one was chosen', async () => {
    await using t = await createTest();
    t.provider.models = { names: ['fake', 'better'], isPublic: false };

    const saved = await t.request('PUT', PATH, { token: t.ada.token, body: { ...t.body, model: 'better' } });

    expect(await saved.json()).toMatchObject({ model: 'better' });
  });

  it('answers 400 for a key that the provider refuses, without repeating it', async () => {
    await using t = await createTest();

    const refused = await t.request('PUT', PATH, { token: t.ada.token, body: { ...t.body, api_key: 'sk-wrong-one' } });

    const text = await refused.text();
    expect(refused.status).toBe(400);
    expect(JSON.parse(text).error).toMatchObject({ code: 'provider_key_rejected' });
    expect(text).not.toContain('sk-wrong-one');
    expect(JSON.stringify(t.logger.lines)).not.toContain('sk-wrong-one');
  });

  it('answers 429 with Retry-After while the provider is busy, and 503 while it is down', async () => {
    await using t = await createTest();
    const put = () => t.request('PUT', PATH, { token: t.ada.token, body: t.body });
    t.provider.next({ status: 429, headers: { 'retry-after': '42' } });
    t.provider.next({ status: 503 });

    const busy = await put();
    const down = await put();

    expect([busy.status, busy.headers.get('retry-after'), down.status]).toEqual([429, '42', 503]);
    expect((await busy.json()).error.code).toBe('provider_rate_limited');
    expect((await down.json()).error.code).toBe('provider_unavailable');
  });

  it.each([
    [{}, 'api_key is missing.'],
    [{ api_key: '' }, /^api_key must be a key/],
    [{ api_key: 'sk-one\r\nx-evil: 1' }, /^api_key must be a key/],
    [{ api_key: 'sk-ключ' }, /^api_key must be a key/],
    [{ api_key: 'x'.repeat(1001) }, /^api_key must be a key/],
    [{ api_key: KEY, base_url: '' }, /^base_url must not be empty/],
    [{ api_key: KEY, base_url: 5 }, 'base_url must be text.'],
    [{ api_key: KEY, base_url: 'http://169.254.169.254/latest' }, /^base_url must start with https/],
    [{ api_key: KEY, base_url: 'https://169.254.169.254/latest' }, /^base_url must lead to a public address/],
    [{ api_key: KEY, model: 'a b' }, /^model must be the name/],
    [{ api_key: KEY, key: 1 }, 'The request body has unknown fields: key.'],
  ])('refuses %j', async (body, message) => {
    await using t = await createTest();

    const refused = await t.request('PUT', PATH, { token: t.ada.token, body });

    const { error } = await refused.json();
    expect(refused.status).toBe(400);
    expect(error).toMatchObject({ code: 'invalid_request', message: expect.stringMatching(message) });
  });

  it('takes a key with the spaces around it that copying leaves', async () => {
    await using t = await createTest();

    const saved = await t.request('PUT', PATH, { token: t.ada.token, body: { ...t.body, api_key: ` ${KEY}\n` } });

    expect(saved.status).toBe(200);
  });

  it("needs a token, and shows and changes nobody else's", async () => {
    await using t = await createTest();
    const bob = await t.createVisitor();
    await t.request('PUT', PATH, { token: t.ada.token, body: t.body });

    for (const method of ['GET', 'PUT', 'DELETE']) {
      const body = method === 'PUT' ? t.body : undefined;
      expect((await t.request(method, PATH, { body })).status).toBe(401);
    }
    expect((await t.request('GET', PATH, { token: bob.token })).status).toBe(404);
    expect((await t.request('DELETE', PATH, { token: bob.token })).status).toBe(404);
    expect((await t.request('GET', PATH, { token: t.ada.token })).status).toBe(200);
  });

  it('slows down who tries out many keys', async () => {
    await using t = await createTest();
    const { token } = t.ada;
    const statuses = [];
    for (let n = 0; n < 11; n += 1) {
      const tried = await t.request('PUT', PATH, {
        token,
        body: { api_key: `sk-guess-${n}`, base_url: t.provider.url },
      });
      statuses.push(tried.status);
      if (tried.status === 429) expect(Number(tried.headers.get('retry-after'))).toBeGreaterThan(0);
    }

    expect(statuses).toEqual([...Array(10).fill(400), 429]);
  });

  it('can be called by a page that embeds the widget', async () => {
    await using t = await createTest();
    const headers = { origin: website, 'access-control-request-method': 'PUT' };

    const preflight = await t.request('OPTIONS', PATH, { headers });

    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toContain('PUT');
  });

  it('is named in an export by its end only, and is erased with the person', async () => {
    await using t = await createTest();
    const { token } = t.ada;
    await t.request('PUT', PATH, { token, body: t.body });

    const exported = await (await t.request('GET', '/api/users/me/export', { token })).text();
    await t.request('DELETE', '/api/users/me', { token });

    expect(JSON.parse(exported).provider_key).toMatchObject([{ last4: '8h3k', base_url: t.provider.url }]);
    expect(exported).not.toContain(KEY);
    expect(JSON.parse(exported).provider_key[0]).not.toHaveProperty('api_key');
    expect(await t.db('provider_keys').select()).toEqual([]);
  });
});
