import type { LookupFunction } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createHostRules, isPublicAddress } from '../../../core/net/address-rules.ts';
import { createSafeFetch } from '../../../core/net/safe-fetch.ts';
import { createWebSite } from '../../support/web-site.ts';

const strict = createSafeFetch({ allowPrivateHosts: [] });

/** Resolves every name to these addresses, one list per question. */
function resolver(...answers: string[][]): LookupFunction {
  let asked = 0;
  return (_hostname, options, callback) => {
    const found = (answers[Math.min(asked++, answers.length - 1)] ?? []).map((address) => ({ address, family: 4 }));
    if (options.all) callback(null, found);
    else callback(null, found[0]?.address ?? '', 4);
  };
}

describe('addresses that are never fetched', () => {
  it.each([
    'http://127.0.0.1/',
    'http://localhost/',
    'http://0.0.0.0/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://127.1/',
    'http://10.0.0.1/',
    'http://172.16.0.1/',
    'http://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://100.64.0.1/',
    'http://100.100.100.200/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::127.0.0.1]/',
    'http://[fd00::1]/',
    'http://[fe80::1]/',
    'http://[ff02::1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[fd00:ec2::254]/',
  ])('%s is private', async (url) => {
    await expect(strict(url)).rejects.toMatchObject({ code: 'unsafe_address' });
  });

  it.each(['file:///etc/passwd', 'ftp://example.com/', 'data:text/plain,x', 'gopher://example.com/', 'no address'])(
    '%s is not http',
    async (url) => {
      await expect(strict(url)).rejects.toMatchObject({ code: 'unsafe_address' });
    },
  );

  it('those with a password in them are refused', async () => {
    const rejection = expect(strict('https://user:hunter2@example.com/')).rejects;

    await rejection.toMatchObject({ code: 'unsafe_address', message: expect.not.stringContaining('hunter2') });
  });

  it('names that lead to a private address are refused', async () => {
    await using site = await createWebSite({ '/': 'secret' });
    const fetchNow = createSafeFetch({ allowPrivateHosts: [], lookup: resolver(['127.0.0.1']) });

    await expect(fetchNow(`http://rebind.example:${site.port}/`)).rejects.toMatchObject({ code: 'unsafe_address' });
    expect(site.requests).toHaveLength(0);
  });

  it('names that lead to a public and a private address are refused', async () => {
    const fetchNow = createSafeFetch({ allowPrivateHosts: [], lookup: resolver(['93.184.216.34', '127.0.0.1']) });

    await expect(fetchNow('http://both.example/')).rejects.toMatchObject({ code: 'unsafe_address' });
  });

  it('redirects to the loopback are refused', async () => {
    await using inside = await createWebSite({ '/': 'secret' });
    await using outside = await createWebSite({
      '/': (_request, response) => response.writeHead(302, { location: `${inside.url}/` }).end(),
    });
    const fetchNow = createSafeFetch({ allowPrivateHosts: [outside.host] });

    await expect(fetchNow(`${outside.url}/`)).rejects.toMatchObject({ code: 'unsafe_address' });
    expect(inside.requests).toHaveLength(0);
  });

  it('redirects to a file are refused', async () => {
    await using site = await createWebSite({
      '/': (_request, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    });

    await expect(createSafeFetch({ allowPrivateHosts: [site.host] })(site.url)).rejects.toMatchObject({
      code: 'unsafe_address',
    });
  });
});

describe('ALLOW_PRIVATE_HOSTS', () => {
  it.each([
    ['127.0.0.1:9000', '127.0.0.1', '9000', true],
    ['127.0.0.1:9000', '127.0.0.1', '9001', false],
    ['127.0.0.1', '127.0.0.1', '1', true],
    ['*.corp', 'wiki.corp', '80', true],
    ['*.corp', 'corp', '80', false],
    ['*.corp', 'evilcorp', '80', false],
    ['Wiki.Corp', 'wiki.corp', '80', true],
    ['[::1]:8080', '[::1]', '8080', true],
    ['[::1]:8080', '[::1]', '80', false],
    ['', 'anything', '80', false],
    ['*', 'anything', '80', false],
  ])('%j and %s:%s: %s', (rule, hostname, port, allowed) => {
    expect(createHostRules([rule]).isAllowedPrivately(hostname, port)).toBe(allowed);
  });

  it('lets a name that it lists lead inside', async () => {
    await using site = await createWebSite({ '/': 'inside' });
    const fetchNow = createSafeFetch({ allowPrivateHosts: ['*.corp'], lookup: resolver(['127.0.0.1']) });

    const { bytes } = await fetchNow(`http://wiki.corp:${site.port}/`);

    expect(Buffer.from(bytes).toString()).toBe('inside');
  });

  it('is not needed for public addresses', () => {
    expect(['93.184.216.34', '2606:4700::1111'].map(isPublicAddress)).toEqual([true, true]);
  });
});

describe('limits', () => {
  it('a body is cut off when it is too large', async () => {
    await using site = await createWebSite({ '/': 'x'.repeat(2000) });
    const fetchNow = createSafeFetch({ allowPrivateHosts: [site.host], maxBytes: 1000 });

    await expect(fetchNow(site.url)).rejects.toMatchObject({ code: 'payload_too_large' });
  });

  it('a body is counted after decompression', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000));
    await using site = await createWebSite({
      '/': (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    });
    const fetchNow = createSafeFetch({ allowPrivateHosts: [site.host] });

    expect(bomb.length).toBeLessThan(30_000);
    await expect(fetchNow(site.url)).rejects.toMatchObject({ code: 'payload_too_large' });
  });

  it('a server that answers drop by drop is given up', async () => {
    await using site = await createWebSite({
      '/': (_request, response) => {
        const drip = setInterval(() => response.write('x'), 20);
        response.on('close', () => clearInterval(drip));
      },
    });
    const fetchNow = createSafeFetch({ allowPrivateHosts: [site.host], timeoutMs: 300 });

    await expect(fetchNow(site.url)).rejects.toMatchObject({
      code: 'fetch_failed',
      message: 'No complete answer within 0.3 seconds.',
    });
  });

  it('redirects end after five', async () => {
    await using site = await createWebSite({
      '/': (_request, response) => response.writeHead(302, { location: '/' }).end(),
    });

    await expect(createSafeFetch({ allowPrivateHosts: [site.host] })(site.url)).rejects.toMatchObject({
      code: 'fetch_failed',
      message: expect.stringContaining('more than 5 times'),
    });
    expect(site.requests).toHaveLength(6);
  });

  it('whoever asked can stop it, with their own reason', async () => {
    await using site = await createWebSite({ '/': () => {} });
    const stop = new AbortController();
    const fetchNow = createSafeFetch({ allowPrivateHosts: [site.host] });

    const running = fetchNow(site.url, { signal: stop.signal });
    stop.abort(new Error('enough'));

    await expect(running).rejects.toThrow('enough');
  });
});

it('says plainly that nothing listens', async () => {
  const site = await createWebSite();
  await site[Symbol.asyncDispose]();

  await expect(createSafeFetch({ allowPrivateHosts: [site.host] })(site.url)).rejects.toMatchObject({
    code: 'fetch_failed',
    message: `${site.host} cannot be reached (nothing listens there).`,
  });
});

it('tells where the last redirect led', async () => {
  await using site = await createWebSite({
    '/old': (_request, response) => response.writeHead(301, { location: '/new' }).end(),
    '/new': 'here',
  });

  const answer = await createSafeFetch({ allowPrivateHosts: [site.host] })(`${site.url}/old`);

  expect(answer).toMatchObject({ url: `${site.url}/new`, status: 200 });
});
