import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createTestKnowledge } from '../../support/test-knowledge.ts';
import { createWebSite, type WebSite } from '../../support/web-site.ts';

const html = (text: string, links: string[] = []) =>
  `<html><head><title>${text}</title></head><body><main><p>${text}</p></main>` +
  `<nav>${links.map((link) => `<a href="${link}">.</a>`).join('')}</nav></body></html>`;

const sitemap = (site: WebSite, ...paths: string[]) =>
  `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${paths
    .map((path) => `<url><loc>${path.startsWith('http') ? path : site.url + path}</loc></url>`)
    .join('')}</urlset>`;

describe('a page', () => {
  it('is read with its address and the anchors of its headings', async () => {
    await using site = await createWebSite({
      '/docs': '<main><h1>Docs</h1><h2 id="start">Start</h2><p>Hello.</p></main>',
    });
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: `${site.url}/docs` });

    await t.sync();

    expect(await t.db('documents').first('title', 'url')).toEqual({ title: 'Docs', url: `${site.url}/docs` });
    expect(await t.db('chunks').pluck('url')).toEqual([`${site.url}/docs#start`]);
  });

  it('is not sent again when it did not change', async () => {
    await using site = await createWebSite({
      '/a': (request, response) => {
        const isKnown = request.headers['if-none-match'] === '"v1"';
        response.writeHead(isKnown ? 304 : 200, { etag: '"v1"', 'content-type': 'text/html' });
        response.end(isKnown ? undefined : html('Hello.'));
      },
    });
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: `${site.url}/a` });
    await t.sync();

    expect((await t.sync()).unchanged).toBe(1);
    expect(t.texts()).toEqual(['Hello.']);
    expect(site.requests).toHaveLength(2);
  });

  it('keeps its last good version when the server is in trouble or says that it is gone', async () => {
    await using site = await createWebSite({ '/a': html('Hello.') });
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: `${site.url}/a` });
    await t.sync();
    site.pages['/a'] = (_request, response) => response.writeHead(500).end();

    await expect(t.sync()).rejects.toThrow(`${site.host} answers 500.`);
    delete site.pages['/a'];
    await expect(t.sync({ force: true })).rejects.toThrow(`${site.host} answers 404.`);

    expect(t.texts()).toEqual(['Hello.']);
    expect((await t.knowledge.list())[0]?.lastError).toContain('404');
  });

  it('on a private network is refused, in words that name the setting', async () => {
    await using site = await createWebSite({ '/a': html('Hello.') });
    await using t = await createTestKnowledge({ fetch: { allowPrivateHosts: [] } });
    await t.knowledge.add({ location: `${site.url}/a` });

    await expect(t.sync()).rejects.toThrow('ALLOW_PRIVATE_HOSTS');
    expect(site.requests).toHaveLength(0);
  });
});

describe('a sitemap', () => {
  it('leads to its pages, as far as robots.txt and its host go', async () => {
    await using site = await createWebSite({
      '/robots.txt': 'User-agent: *\nDisallow: /private/\n',
      '/a': html('Page A.'),
      '/b': html('Page B.'),
      '/private/c': html('Secret.'),
    });
    site.pages['/sitemap.xml'] = sitemap(site, '/a', '/b#part', '/private/c', 'https://other.example/d');
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: `${site.url}/sitemap.xml` });

    const summary = await t.sync();

    expect(t.texts()).toEqual(['Page A.', 'Page B.']);
    expect(summary.skipped).toEqual([
      { location: 'https://other.example/d', reason: `It is not on ${site.host}; only that host is read.` },
      { location: `${site.url}/private/c`, reason: 'The robots.txt of the site does not allow it.' },
    ]);
    expect(site.paths()).not.toContain('/private/c');
  });

  it('may name further sitemaps, compressed or not', async () => {
    await using site = await createWebSite({ '/a': html('Page A.'), '/b': html('Page B.') });
    const index = (path: string) => `<sitemap><loc>${site.url}${path}</loc></sitemap>`;
    site.pages['/sitemap.xml'] =
      `<sitemapindex>${index('/one.xml')}${index('/two.xml.gz')}${index('/sitemap.xml')}</sitemapindex>`;
    site.pages['/one.xml'] = sitemap(site, '/a');
    site.pages['/two.xml.gz'] = (_request, response) => response.end(gzipSync(sitemap(site, '/b')));
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: `${site.url}/sitemap.xml` });

    expect((await t.sync()).added).toBe(2);
    expect(t.texts()).toEqual(['Page A.', 'Page B.']);
  });

  it('loses pages that are gone, but not those that only fail', async () => {
    await using site = await createWebSite(
      Object.fromEntries(['/a', '/b', '/c'].map((path) => [path, html(`Page ${path}.`)])),
    );
    site.pages['/sitemap.xml'] = sitemap(site, '/a', '/b', '/c');
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: `${site.url}/sitemap.xml` });
    await t.sync();
    delete site.pages['/b'];
    site.pages['/c'] = (_request, response) => response.writeHead(503).end();

    const summary = await t.sync();

    expect(summary).toMatchObject({ unchanged: 1, removed: 1 });
    expect(summary.skipped.map(({ reason }) => reason)).toEqual([
      'The server says that it is gone (404).',
      `${site.host} answers 503. The version from before is kept.`,
    ]);
    expect(t.texts()).toEqual(['Page /a.', 'Page /c.']);
  });

  it('that is none fails, and everything is kept', async () => {
    await using site = await createWebSite({ '/a': html('Page A.') });
    site.pages['/sitemap.xml'] = sitemap(site, '/a');
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: `${site.url}/sitemap.xml` });
    await t.sync();
    site.pages['/sitemap.xml'] = html('Maintenance');

    await expect(t.sync({ force: true })).rejects.toThrow('It is not a sitemap.');
    expect(t.texts()).toEqual(['Page A.']);
  });

  it('is not used while robots.txt cannot be read', async () => {
    await using site = await createWebSite({
      '/robots.txt': (_request, response) => response.writeHead(503).end(),
      '/a': html('Page A.'),
    });
    site.pages['/sitemap.xml'] = sitemap(site, '/a');
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: `${site.url}/sitemap.xml` });

    await expect(t.sync()).rejects.toThrow('Its robots.txt answers 503.');
    expect(site.paths()).not.toContain('/a');
  });

  it('does not lead off its host by a redirect', async () => {
    await using elsewhere = await createWebSite({ '/x': html('Elsewhere.') });
    await using site = await createWebSite({
      '/a': (_request, response) => response.writeHead(302, { location: `${elsewhere.url}/x` }).end(),
    });
    site.pages['/sitemap.xml'] = sitemap(site, '/a');
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: `${site.url}/sitemap.xml` });

    expect((await t.sync()).skipped[0]?.reason).toContain('not part of this source');
    expect(elsewhere.requests).toHaveLength(0);
  });
});

it.each([
  ['application/xml', (xml: string) => xml],
  ['application/gzip', gzipSync],
])('a sitemap is known by what is in it, whatever its name is: %s', async (type, pack) => {
  await using site = await createWebSite({ '/a': html('Page A.'), '/b': html('Page B.') });
  await using t = await createTestKnowledge();
  site.pages['/pages'] = (_request, response) => {
    response.writeHead(200, { 'content-type': type }).end(pack(sitemap(site, '/a', '/b')));
  };
  await t.knowledge.add({ location: `${site.url}/pages` });

  await t.sync();
  delete site.pages['/b'];
  await t.sync();

  expect(t.texts()).toEqual(['Page A.']);
});

describe('the addresses of a sitemap', () => {
  const read = async (xml: (site: WebSite) => string | Buffer, path = '/maps/sitemap.xml') => {
    await using site = await createWebSite({ '/a': html('Page A.'), '/maps/b': html('Page B.') });
    const bytes = xml(site);
    site.pages[path] = (_request, response) => response.end(bytes);
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: site.url + path });
    const summary = await t.sync();
    return { texts: t.texts(), summary };
  };

  it('are not mixed with those of pictures and videos', async () => {
    const { texts, summary } = await read(
      (site) =>
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">' +
        `<url><image:image><image:loc>${site.url}/a.png</image:loc></image:image><loc>${site.url}/a</loc>` +
        `<image:loc>${site.url}/b.png</image:loc><video:video><video:content_loc>/v</video:content_loc><video:loc>/w</video:loc></video:video></url></urlset>`,
    );

    expect(texts).toEqual(['Page A.']);
    expect(summary.skipped).toEqual([]);
  });

  it('are found under a prefix, too', async () => {
    const { texts } = await read(
      (site) => `<sm:urlset xmlns:sm="x"><sm:url><sm:loc>${site.url}/a</sm:loc></sm:url></sm:urlset>`,
    );

    expect(texts).toEqual(['Page A.']);
  });

  it('may be relative to it, also in an index', async () => {
    const { texts } = await read(() => '<urlset><url><loc>/a</loc></url><url><loc>b</loc></url></urlset>');

    expect(texts).toEqual(['Page A.', 'Page B.']);
  });

  it('are read in any encoding that it declares', async () => {
    const { texts } = await read(() => Buffer.from('\uFEFF<urlset><url><loc>/a</loc></url></urlset>', 'utf16le'));

    expect(texts).toEqual(['Page A.']);
  });

  it('may stand in a plain list', async () => {
    await using site = await createWebSite({ '/a': html('Page A.'), '/b': html('Page B.') });
    site.pages['/sitemap.txt'] = `${site.url}/a\n${site.url}/b\n`;
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: `${site.url}/sitemap.txt` });

    await t.sync();

    expect(t.texts()).toEqual(['Page A.', 'Page B.']);
  });

  it('of one part of an index may be missing: then what was read of the site before stays', async () => {
    await using site = await createWebSite({ '/a': html('Page A.'), '/b': html('Page B.'), '/c': html('Page C.') });
    const part = (path: string) => `<sitemap><loc>${path}</loc></sitemap>`;
    site.pages['/sitemap.xml'] =
      `<sitemapindex>${part('/one.xml')}${part('/two.xml')}${part('https://other.example/s.xml')}</sitemapindex>`;
    site.pages['/one.xml'] = sitemap(site, '/a');
    site.pages['/two.xml'] = sitemap(site, '/b', '/c');
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: `${site.url}/sitemap.xml` });
    await t.sync();
    delete site.pages['/two.xml'];

    const summary = await t.sync();

    expect(summary).toMatchObject({ unchanged: 1, removed: 0 });
    expect(summary.skipped).toEqual([
      { location: 'https://other.example/s.xml', reason: 'The sitemap is on another host.' },
      { location: `${site.url}/`, reason: `The sitemap ${site.url}/two.xml was left out: ${site.host} answers 404.` },
    ]);
    expect(t.texts()).toEqual(['Page A.', 'Page B.', 'Page C.']);
  });

  it('are none, which is said', async () => {
    await expect(read(() => '<urlset></urlset>')).rejects.toThrow('names no pages');
    await expect(read(() => '<urlset><url><loc>mailto:a@b.c</loc></url></urlset>')).rejects.toThrow('names no pages');
  });

  it('are not looked for in an archive that would fill the memory or is damaged', async () => {
    const large = gzipSync(Buffer.alloc(60_000_000, ' '));

    await expect(read(() => large, '/sitemap.xml.gz')).rejects.toThrow('It unpacks to more than 50 MB');
    await expect(read(() => large.subarray(0, 100), '/sitemap.xml.gz')).rejects.toThrow('cannot be unpacked');
  });
});

describe('a website', () => {
  it('of mdBook is read whole, by the menu in its frame and without the version for printing', async () => {
    const unlisted = '<meta name="robots" content="noindex">';
    await using site = await createWebSite({
      '/': `<title>Book</title><nav><noscript><iframe src="toc.html"></iframe></noscript></nav><a href="print.html">.</a><main><p>Start.</p></main>`,
      '/toc.html': `<head>${unlisted}</head><body><ol><li><a href="one.html" target="_parent">One</a></li><li><a href="deep/two.html" target="_parent">Two</a></li></ol></body>`,
      '/one.html': html('One.'),
      '/deep/two.html': html('Two.'),
      '/print.html': `<head>${unlisted}</head><main><p>Start. One. Two.</p></main>`,
    });
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: site.url });

    const { skipped } = await t.sync();

    expect(t.texts()).toEqual(['One.', 'Start.', 'Two.']);
    expect(skipped.map(({ location }) => location)).toEqual([`${site.url}/toc.html`, `${site.url}/print.html`]);
  });

  it('that hides from searches as a whole is read for its owners', async () => {
    const hidden = (text: string) =>
      html(text, ['/a']).replace('<head>', '<head><meta name="robots" content="noindex">');
    await using site = await createWebSite({ '/': hidden('Home.'), '/a': hidden('Page A.') });
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: site.url });

    await t.sync();

    expect(t.texts()).toEqual(['Home.', 'Page A.']);
  });

  it('is read by its links where its sitemap names no page of it', async () => {
    await using site = await createWebSite({ '/': html('Home.', ['/a']), '/a': html('Page A.') });
    site.pages['/sitemap.xml'] = sitemap(site, 'https://production.example/a');
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: site.url });

    await t.sync();

    expect(t.texts()).toEqual(['Home.', 'Page A.']);
  });

  it('is read by its sitemap, where robots.txt names one', async () => {
    await using site = await createWebSite({ '/': html('Home.'), '/a': html('Page A.') });
    site.pages['/robots.txt'] = `Sitemap: ${site.url}/map.xml`;
    site.pages['/map.xml'] = sitemap(site, '/a');
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: site.url });

    await t.sync();

    expect(t.texts()).toEqual(['Page A.']);
  });

  it('is read by its links, where it has no sitemap', async () => {
    await using site = await createWebSite({
      '/': html('Home.', ['/a', '/a#x', 'b', '/logo.png', 'https://other.example/', 'mailto:a@b.c']),
      '/a': html('Page A.', ['/', '/c']),
      '/b': html('Page B.'),
      '/c': html('Page C.'),
    });
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: site.url });

    await t.sync();

    expect(t.texts()).toEqual(['Home.', 'Page A.', 'Page B.', 'Page C.']);
    expect(site.paths()).not.toContain('/logo.png');
  });

  it('loses pages that nothing links to any more, but none while a page that may link to them fails', async () => {
    await using site = await createWebSite({
      '/': html('Home.', ['/a/', '/b']),
      '/a/': html('Page A.', ['/a/c']),
      '/a/c': html('Page C.'),
      '/b': html('Page B.'),
    });
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: site.url });
    await t.sync();

    site.pages['/a/'] = (_request, response) => response.writeHead(503).end();
    expect((await t.sync()).removed).toBe(0);
    site.pages['/a/'] = html('Page A.');
    expect((await t.sync()).removed).toBe(1);

    expect(t.texts()).toEqual(['Home.', 'Page A.', 'Page B.']);
  });

  it('is asked no faster than it wants', async () => {
    await using site = await createWebSite({ '/a': html('A.'), '/b': html('B.') });
    site.pages['/robots.txt'] = 'User-agent: *\nCrawl-delay: 0.2';
    site.pages['/sitemap.xml'] = sitemap(site, '/a', '/b');
    const asked: number[] = [];
    for (const path of ['/a', '/b']) {
      site.pages[path] = (_request, response) => {
        asked.push(performance.now());
        response.writeHead(200, { 'content-type': 'text/html' }).end(html(path));
      };
    }
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: `${site.url}/sitemap.xml` });

    await t.sync();

    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(190);
  });

  it('is followed three links deep and no further', async () => {
    const page = (n: number) => html(`Page ${n}.`, [`/${n + 1}`]);
    const pages = Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`/${n}`, page(n)]));
    await using site = await createWebSite({ '/': page(0), ...pages });
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: site.url });

    await t.sync();

    expect(t.texts()).toEqual(['Page 0.', 'Page 1.', 'Page 2.', 'Page 3.']);
  });
});
