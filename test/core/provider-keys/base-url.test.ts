import type { LookupFunction } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createHostRules } from '../../../core/net/address-rules.ts';
import { parseBaseUrl } from '../../../core/provider-keys/base-url.ts';
import { startFakeModelServer } from '../../support/fake-model-server.ts';
import { createTestProviderKeys } from '../../support/test-provider-keys.ts';
import { createWebSite } from '../../support/web-site.ts';

/** Resolves every name to this address. */
function resolveTo(address: string): LookupFunction {
  return (_hostname, options, callback) => {
    if (options.all) callback(null, [{ address, family: 4 }]);
    else callback(null, address, 4);
  };
}

describe('the address of an own key', () => {
  it.each([
    'https://127.0.0.1/v1',
    'https://localhost/v1',
    'https://0.0.0.0/v1',
    'https://2130706433/v1',
    'https://10.0.0.1/v1',
    'https://192.168.1.1/v1',
    'https://169.254.169.254/latest',
    'https://[::1]/v1',
    'https://[fe80::1]/v1',
    'https://[fd00::1]/v1',
    'https://[::ffff:127.0.0.1]/v1',
    'https://[::ffff:a9fe:a9fe]/v1',
    'https://[64:ff9b::7f00:1]/v1',
  ])('may not be %s, which is private', async (baseUrl) => {
    await using t = await createTestProviderKeys({ allowPrivateHosts: [] });

    await expect(t.put({ baseUrl })).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'base_url must lead to a public address, not to a private network.',
    });
    expect(await t.kept()).toEqual([]);
  });

  it('may not be a name that leads to a private address', async () => {
    await using t = await createTestProviderKeys({ allowPrivateHosts: [], lookup: resolveTo('127.0.0.1') });

    await expect(t.put({ baseUrl: 'https://models.evil.example/v1' })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('public address'),
    });
  });

  it("may not be the operator's own server either, when that is private", async () => {
    await using server = await startFakeModelServer();
    await using t = await createTestProviderKeys({ allowPrivateHosts: [], operatorsBaseUrl: server.url });
    const secured = server.url.replace('http:', 'https:');

    await expect(t.put({ baseUrl: secured })).rejects.toMatchObject({ code: 'invalid_request' });
    expect(server.keys).toEqual([]);
  });

  it.each([301, 302, 307, 308])('may not lead elsewhere by a %i: the key goes nowhere else', async (status) => {
    await using inside = await createWebSite();
    await using outside = await createWebSite({
      '/v1/models': (_, response) => response.writeHead(status, { location: `${inside.url}/v1/models` }).end(),
    });
    await using t = await createTestProviderKeys({ allowPrivateHosts: [outside.host] });

    await expect(t.put({ baseUrl: `${outside.url}/v1` })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(/^base_url .*somewhere else/),
    });
    expect(inside.requests).toEqual([]);
  });

  it.each([
    ['http://models.example/v1', /https/],
    ['ftp://models.example/v1', /https/],
    ['file:///etc/passwd', /https/],
    ['no address', /https/],
    ['https://user:hunter2@models.example/v1', /user name or password/],
    ['https://models.example/v1?key=1', /\?/],
    ['https://models.example/v1#top', /#/],
  ])('may not be %s', async (baseUrl, why) => {
    await using t = await createTestProviderKeys();

    const saving = t.put({ baseUrl });

    await expect(saving).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringMatching(why) });
    await expect(saving).rejects.toMatchObject({ message: expect.not.stringContaining('hunter2') });
  });

  it('may be plain http where the operator allows that host at that port', () => {
    const allowed = createHostRules(['models.corp:80']);

    expect(parseBaseUrl('http://models.corp/v1/', allowed)).toBe('http://models.corp/v1');
    expect(() => parseBaseUrl('http://models.corp:81/v1', allowed)).toThrow('base_url must start with https://');
  });

  it('may answer no longer than makes sense', async () => {
    await using site = await createWebSite({
      '/v1/models': (_, response) => {
        const part = ' '.repeat(1_000_000);
        response.writeHead(200, { 'content-type': 'application/json' });
        const pour = (): void => {
          while (!response.destroyed && response.write(part));
          response.once('drain', pour);
        };
        pour();
      },
    });
    await using t = await createTestProviderKeys();

    await expect(t.put({ baseUrl: `${site.url}/v1` })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('OpenAI-compatible'),
    });
  });
});
