import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestHttpServer, type TestHttpServer } from '../support/test-http-server.ts';

const own = { origin: 'https://parley.example', 'sec-fetch-site': 'same-origin' };

describe('pictures on our pages', () => {
  let t: TestHttpServer;
  let people = 0;
  beforeAll(async () => {
    t = await createTestHttpServer();
  });
  afterAll(() => t[Symbol.asyncDispose]());

  /** What the account page of somebody with this picture may load pictures from. */
  async function imageSources(pictureUrl: string | null): Promise<string> {
    people += 1;
    const fields = { username: `pictured-${people}`, password: 'correct horse 7 staple' };
    const body = new URLSearchParams(fields);
    const registered = await fetch(`${t.url}/register`, { method: 'POST', body, headers: own, redirect: 'manual' });
    await t.db('users').where({ display_name: fields.username }).update({ picture_url: pictureUrl });
    const cookie = registered.headers.get('set-cookie')?.split(';')[0] ?? '';
    const response = await fetch(`${t.url}/account`, { headers: { cookie } });
    expect(response.status).toBe(200);
    return /img-src ([^;]+)/.exec(response.headers.get('content-security-policy') ?? '')?.[1] ?? '';
  }

  it('come from the one server that keeps the person’s, and from no other', async () => {
    expect(await imageSources('https://pictures.example/ada.png?size=80')).toBe(
      "'self' data: https://pictures.example",
    );
  });

  it.each([
    null,
    'http://pictures.example/ada.png',
    'javascript:alert(1)',
    'nonsense',
    'https://',
    'https://a;sandbox/',
    'https://a,sandbox/',
  ])('come from nowhere else for %j', async (pictureUrl) => {
    expect(await imageSources(pictureUrl)).toBe("'self' data:");
  });

  it('add nothing to the policy but a place for pictures', async () => {
    const sources = await imageSources("https://a.example/;script-src 'unsafe-inline'");

    expect(sources).toBe("'self' data: https://a.example");
  });
});
