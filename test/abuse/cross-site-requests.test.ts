import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DescribedOperation, listOperations } from '../support/described-operations.ts';
import { REQUEST_BODIES } from '../support/request-bodies.ts';
import { createTestHttpServer, type TestHttpServer, website } from '../support/test-http-server.ts';

const password = 'correct horse battery staple';
const own = { origin: 'https://parley.example', 'sec-fetch-site': 'same-origin' };
const id = '00000000-0000-4000-8000-000000000000';

/** What a browser sends along when another page has it send something; that page may have learned of our header. */
const ELSEWHERE: [string, Record<string, string>][] = [
  ['another website', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'x-parley-csrf': '1' }],
  ['another website in an old browser', { origin: 'https://evil.example', 'x-parley-csrf': '1' }],
  [
    'a neighbour on our domain',
    { origin: 'https://blog.parley.example', 'sec-fetch-site': 'same-site', 'x-parley-csrf': '1' },
  ],
  ['our address without encryption', { origin: 'http://parley.example', 'x-parley-csrf': '1' }],
  ['an address that begins like ours', { origin: 'https://parley.example.evil.example', 'x-parley-csrf': '1' }],
  ['a sandboxed frame', { origin: 'null', 'sec-fetch-site': 'cross-site', 'x-parley-csrf': '1' }],
  ['a website that embeds the widget', { origin: website, 'sec-fetch-site': 'cross-site', 'x-parley-csrf': '1' }],
  ['a page that hides where it is', { 'sec-fetch-site': 'cross-site', 'x-parley-csrf': '1' }],
];

describe('a page elsewhere, in the browser of somebody logged in here', () => {
  let t: TestHttpServer;
  let operations: DescribedOperation[];
  let cookie = '';

  beforeAll(async () => {
    t = await createTestHttpServer();
    operations = await listOperations(t);
    const registered = await submit('/register', { username: 'victim', password }, own);
    cookie = registered.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect(await whoIsIt()).toBe('victim');
  });
  afterAll(() => t[Symbol.asyncDispose]());

  const submit = (path: string, fields: Record<string, string>, headers: Record<string, string>) =>
    fetch(t.url + path, { method: 'POST', body: new URLSearchParams(fields), headers, redirect: 'manual' });
  const whoIsIt = async () => {
    const response = await fetch(`${t.url}/api/auth/me`, { headers: { cookie, ...own } });
    return (await response.json()).username;
  };
  const at = (path: string) => path.replace(/\{(\w+)\}/g, (_, name: string) => (name === 'provider' ? 'github' : id));
  const countRows = async () => {
    const tables = ['users', 'accounts', 'logins', 'sessions', 'api_keys', 'identities', 'link_codes', 'provider_keys'];
    return Promise.all(tables.map(async (table) => [table, (await t.db(table).select()).length]));
  };

  it.each(ELSEWHERE)('changes nothing by any route: %s', async (_where, headers) => {
    const before = await countRows();
    const changing = operations.filter(({ method, needsToken }) => needsToken && method !== 'GET');

    for (const { route, method, path } of changing) {
      const response = await t.request(method, at(path), {
        headers: { cookie, ...headers },
        body: REQUEST_BODIES[route],
      });
      expect(response.status, route).toBe(403);
    }

    expect(changing.length).toBeGreaterThan(15);
    expect(await countRows()).toEqual(before);
    expect(await whoIsIt()).toBe('victim');
  });

  it('changes nothing without the header that only scripts of our own pages send', async () => {
    for (const { route, method, path } of operations.filter((one) => one.needsToken && one.method !== 'GET')) {
      for (const headers of [own, {}] as Record<string, string>[]) {
        const response = await t.request(method, at(path), {
          headers: { cookie, ...headers },
          body: REQUEST_BODIES[route],
        });
        expect(response.status, route).toBe(403);
      }
    }
    expect(await whoIsIt()).toBe('victim');
  });

  it.each(ELSEWHERE.filter(([, headers]) => 'origin' in headers))(
    'reads nothing by any route: %s',
    async (_where, headers) => {
      for (const { route, path } of operations.filter(({ method, needsToken }) => needsToken && method === 'GET')) {
        const response = await t.request('GET', at(path), { headers: { cookie, ...headers } });
        expect(response.status, route).toBe(403);
        expect(response.headers.get('access-control-allow-credentials'), route).toBeNull();
      }
    },
  );

  it.each(ELSEWHERE)('submits no form of ours: %s', async (_where, headers) => {
    const before = await countRows();
    // Forms are declared in one list, and none of them may be left out here.
    const server = await readFile(new URL('../../server/http-server.ts', import.meta.url), 'utf8');
    const forms = [...server.matchAll(/server\.post\('([^']+)'/g)].map((match) => match[1] ?? '');

    for (const form of forms) {
      const path = form.replace(/:code/, 'a'.repeat(22)).replace(/:\w+/g, id);
      const fields = { username: 'victim', password, next: '/', answer: 'link' };
      const response = await submit(path, fields, { cookie, ...headers });
      expect(response.status, form).toBe(403);
      expect(response.headers.get('set-cookie'), form).toBeNull();
    }

    expect(forms).toEqual(expect.arrayContaining(['/login', '/register', '/logout', '/link/:code']));
    expect(await countRows()).toEqual(before);
    expect(await whoIsIt()).toBe('victim');
  });

  it('cannot have the cookie sent along with what changes something, nor read it', async () => {
    const response = await submit('/login', { username: 'victim', password }, own);
    const [line = ''] = response.headers.getSetCookie();

    expect(line).toMatch(/^__Host-parley_login=/);
    for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/']) expect(line).toContain(attribute);
    expect(line).not.toContain('Domain');
  });
});
