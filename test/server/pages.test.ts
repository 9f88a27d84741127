import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTestHttpServer } from '../support/test-http-server.ts';

describe('the page and the widget', () => {
  async function createDist() {
    const distDir = await mkdtemp(path.join(tmpdir(), 'parley-dist-'));
    await writeFile(path.join(distDir, 'widget.js'), 'customElements;'.repeat(100));
    return { distDir, [Symbol.asyncDispose]: () => rm(distDir, { recursive: true, force: true }) };
  }

  it('says how to build them when they are not there', async () => {
    await using t = await createTestHttpServer();

    const response = await t.request('GET', '/', { headers: { accept: 'text/html' } });

    expect(response.status).toBe(404);
    expect(await response.text()).toContain('npm run build');
  });

  it('shows the page at /', async () => {
    await using dist = await createDist();
    await using t = await createTestHttpServer(dist);

    const response = await t.request('GET', '/');

    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await response.text()).toContain('<title>Parley</title>');
  });

  it.each(['br', 'gzip', 'identity'])('gives the widget to any website, in %s', async (encoding) => {
    await using dist = await createDist();
    await using t = await createTestHttpServer(dist);

    const response = await t.request('GET', '/widget.js', {
      headers: { origin: 'https://anywhere.example', 'accept-encoding': encoding },
    });

    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(response.headers.get('content-encoding')).toBe(encoding === 'identity' ? null : encoding);
    expect(await response.text()).toBe('customElements;'.repeat(100));
  });

  it('sends the widget again only when it has changed', async () => {
    await using dist = await createDist();
    await using t = await createTestHttpServer(dist);
    const first = await t.request('GET', '/widget.js');
    const known = { 'if-none-match': first.headers.get('etag') ?? '', 'cache-control': 'max-age=0' };

    const same = await t.request('GET', '/widget.js', { headers: known });
    await writeFile(path.join(dist.distDir, 'widget.js'), 'changed;');
    const changed = await t.request('GET', '/widget.js', { headers: known });

    expect(first.headers.get('cache-control')).toBe('no-cache');
    expect(same.status).toBe(304);
    expect(await changed.text()).toBe('changed;');
  });
});
