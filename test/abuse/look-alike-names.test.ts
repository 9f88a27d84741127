import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestHttpServer, type TestHttpServer } from '../support/test-http-server.ts';
import { createTestBrowser, createTestSignIn } from '../support/test-sign-in.ts';

const password = 'correct horse battery staple';

describe('somebody who wants to be taken for “paypal”', () => {
  let t: TestHttpServer;
  let signIns: Awaited<ReturnType<typeof createTestSignIn>>;
  beforeAll(async () => {
    signIns = await createTestSignIn();
    t = await createTestHttpServer({ signInProviders: signIns.providers });
    expect((await register('paypal')).status).toBe(201);
  });
  afterAll(async () => {
    await t[Symbol.asyncDispose]();
    await signIns[Symbol.asyncDispose]();
  });

  const register = (username: string) => t.request('POST', '/api/auth/register', { body: { username, password } });

  it.each([
    ['a Cyrillic а', 'p\u0430ypal'],
    ['all Cyrillic look-alikes', '\u0440\u0430\u0443\u0440\u0430l'],
    ['a Greek α', 'p\u03b1ypal'],
    ['full width', '\uff50\uff41\uff59\uff50\uff41\uff4c'],
    ['mathematical letters', '\u{1d429}\u{1d41a}\u{1d432}\u{1d429}\u{1d41a}\u{1d425}'],
    ['a capital I for an l', 'paypaI'],
    ['a digit for an l', 'paypa1'],
    ['capitals', 'PayPal'],
    ['a zero-width space', 'pay\u200bpal'],
    ['a zero-width joiner', 'pay\u200dpal'],
    ['a soft hyphen', 'pay\u00adpal'],
    ['a word joiner', 'paypal\u2060'],
    ['letters from right to left', '\u202elapyap'],
    ['a variation selector', 'paypal\ufe0f'],
    ['a tag character', 'paypal\u{e0061}'],
    ['a space around it', ' paypal '],
    ['a line end', 'paypal\n'],
    ['an end of text', 'paypal\0'],
  ])('is not let with %s', async (_what, username) => {
    const response = await register(username);

    expect([400, 409], username).toContain(response.status);
    expect(await t.db('accounts')).toHaveLength(1);
  });

  it('is shown by a provider’s name without what would turn it around', async () => {
    const browser = createTestBrowser(t.url, signIns.fake);
    browser.become('github');
    signIns.fake.person = { ...signIns.fake.person, name: '\u202elapyap\u2066 \u200b\n(verified)' };
    await browser.walk('/login/github');

    const { display_name: name } = await (await browser.get('/api/auth/me')).json();

    expect(name).toBe('lapyap (verified)');
  });
});
