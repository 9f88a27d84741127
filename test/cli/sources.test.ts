import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTestCli } from '../support/test-cli.ts';
import { createTestKnowledge, type TestKnowledge } from '../support/test-knowledge.ts';
import { createWebSite } from '../support/web-site.ts';

describe('parley add', () => {
  it('reads what was named and says what it did', async () => {
    await using t = await createTestKnowledge();
    await t.write('docs/a.md', 'Text.');
    await t.write('docs/b.json', '{}');
    const cli = createTestCli(t);

    const code = await cli.run(['add', path.join(t.folder, 'docs'), '--title', 'Handbook', '--audience', 'slack:T1']);

    expect(code).toBe(0);
    expect(cli.output()).toContain('Handbook: 1 added, 0 changed, 0 unchanged, 0 removed, 1 skipped.');
    expect(cli.output()).toContain('skipped b.json: JSON is read as questions and answers');
    expect(await t.knowledge.list()).toMatchObject([{ title: 'Handbook', audience: ['slack:T1'] }]);
    expect(cli.stillOpen()).toBe(0);
  });

  it('takes text from standard input', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t, { input: 'We open at nine.' });

    expect(await cli.run(['add', '-', '--title', 'Hours'])).toBe(0);
    expect(t.texts()).toEqual(['We open at nine.']);
  });

  it('takes several paths, as a shell makes them of a glob', async () => {
    await using t = await createTestKnowledge();
    const files = [await t.write('a.md', 'A.'), await t.write('b.md', 'B.')];

    expect(await createTestCli(t).run(['add', ...files])).toBe(0);
    expect(t.texts()).toEqual(['A.', 'B.']);
  });

  it('tells pages of one website apart', async () => {
    await using site = await createWebSite({ '/here': '<main><p>Here it is.</p></main>' });
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    expect(await cli.run(['add', `${site.url}/here`, `${site.url}/gone`])).toBe(1);
    expect(cli.output()).toContain(`${site.url}/here: 1 added`);
    expect(cli.output()).toContain(`${site.url}/gone: failed.`);
  });

  it.each([
    ['a file that is damaged', async (t: TestKnowledge) => t.write('a.pdf', 'no PDF')],
    ['a file without text', async (t: TestKnowledge) => t.write('a.md', '\n')],
    ['a folder with nothing to read', async (t: TestKnowledge) => path.dirname(await t.write('docs/a.png', 'x'))],
  ])('leaves no empty source behind: %s', async (_what, make) => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    expect(await cli.run(['add', await make(t)])).toBe(1);
    expect(cli.output()).toMatch(/Nothing could be read of .*, so it was not added\./);
    expect(cli.output()).not.toContain('documentation answers, too');
    expect(await t.knowledge.list()).toEqual([]);
  });

  it.each(['/gone', '/sitemap.xml', '/gone/sitemap.xml', '/refused', '/'])(
    'leaves no empty source of the address %s behind',
    async (address) => {
      await using site = await createWebSite({
        '/sitemap.xml': '<urlset></urlset>',
        '/refused': (_request, response) => response.writeHead(403).end(),
      });
      await using t = await createTestKnowledge();
      const cli = createTestCli(t);

      expect(await cli.run(['add', site.url + address, '--json'])).toBe(1);
      expect(JSON.parse(cli.output())).toMatchObject({ not_added: [new URL(address, site.url).href] });
      expect(await t.knowledge.list()).toEqual([]);
    },
  );

  it('keeps what was there before when it cannot be read any more', async () => {
    await using site = await createWebSite({ '/here': '<main><p>Here it is.</p></main>' });
    await using t = await createTestKnowledge();
    await createTestCli(t).run(['add', `${site.url}/here`]);
    delete site.pages['/here'];

    expect(await createTestCli(t).run(['add', `${site.url}/here`])).toBe(1);
    expect(t.texts()).toEqual(['Here it is.']);
    expect(await t.knowledge.list()).toHaveLength(1);
  });

  it('takes away what an add before it left without ever being read', async () => {
    await using t = await createTestKnowledge();
    const file = await t.write('a.pdf', 'no PDF');
    await t.knowledge.add({ location: file });

    expect(await createTestCli(t).run(['add', file])).toBe(1);
    expect(await t.knowledge.list()).toEqual([]);
  });

  it('adds none of several when one does not exist', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    expect(await cli.run(['add', await t.write('a.md', 'A.'), '/does/not/exist'])).toBe(2);
    expect(await t.knowledge.list()).toEqual([]);
  });

  it('names the rows of a table that it left out', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    expect(await cli.run(['add', await t.write('prices.csv', 'Item,Price\nTap,4\n"Pipe,10\n')])).toBe(0);
    expect(cli.output()).toContain('  skipped prices.csv, line 3: A quoted value in it does not end.');
  });

  it('prints JSON when asked', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    await cli.run(['add', await t.write('a.md', 'A.'), '--json']);

    expect(JSON.parse(cli.output())).toMatchObject({
      sources: [{ title: 'a.md', state: 'synced', added: 1, skipped: [] }],
      embedded: 1,
    });
  });

  it.each([
    [['--audience', 'everybody'], '"everybody" is not an audience. Use public, or spaces separated by commas'],
    [['--url-base', 'nonsense'], 'nonsense is not an address'],
  ])('refuses %j with exit code 2', async (extra, complaint) => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    expect(await cli.run(['add', await t.write('a.md', 'A.'), ...extra])).toBe(2);
    expect(cli.errors()).toContain(complaint);
    expect(await t.knowledge.list()).toEqual([]);
    expect(cli.stillOpen()).toBe(0);
  });

  it('refuses a path that does not exist with exit code 2', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    expect(await cli.run(['add', '/does/not/exist'])).toBe(2);
    expect(cli.errors()).toBe('There is nothing at /does/not/exist.');
  });

  it('answers wrong input in JSON, too', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    await cli.run(['add', '/does/not/exist', '--json']);

    expect(JSON.parse(cli.errors())).toEqual({
      error: { code: 'invalid_request', message: 'There is nothing at /does/not/exist.' },
    });
  });
});

describe('parley list', () => {
  it('shows what there is and what is wrong with it', async () => {
    await using t = await createTestKnowledge();
    await t.write('docs/a.md', 'A.');
    await t.write('docs/b.pdf', 'no PDF');
    await createTestCli(t).run(['add', path.join(t.folder, 'docs')]);
    const cli = createTestCli(t);

    expect(await cli.run(['list'])).toBe(0);

    expect(cli.output()).toContain('docs  (folder, public)');
    expect(cli.output()).toContain('1 document, 1 passage, synced 2026-03-01T12:00:00.000Z');
    expect(cli.output()).toContain('skipped b.pdf: The file is damaged');
  });

  it('says how to begin when there is nothing', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    await cli.run(['list']);

    expect(cli.output()).toBe('There are no sources yet. Add one: parley add ./docs');
  });

  it('prints JSON when asked', async () => {
    await using t = await createTestKnowledge();
    await createTestCli(t).run(['add', await t.write('a.md', 'A.')]);
    const cli = createTestCli(t);

    await cli.run(['list', '--json']);

    expect(JSON.parse(cli.output())).toMatchObject({ items: [{ kind: 'file', documents: 1, chunks: 1 }] });
  });
});

describe('parley sync', () => {
  it('ends with exit code 1 when a source could not be synced', async () => {
    await using t = await createTestKnowledge();
    await t.write('docs/a.md', 'A.');
    await t.knowledge.add({ location: path.join(t.folder, 'docs') });
    await t.db('sources').update({ location: '/gone' });
    const cli = createTestCli(t);

    expect(await cli.run(['sync'])).toBe(1);
    expect(cli.output()).toContain('docs: failed. There is no folder at /gone any more');
  });

  it('refuses a source that does not exist with exit code 2', async () => {
    await using t = await createTestKnowledge();
    const cli = createTestCli(t);

    expect(await cli.run(['sync', 'nothing'])).toBe(2);
    expect(cli.errors()).toBe('There is no source nothing. See: parley list');
  });

  it('ends with exit code 130 when interrupted, and says that nothing is lost', async () => {
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: await t.write('a.md', 'A.') });
    const cli = createTestCli(t, { interrupted: AbortSignal.abort() });

    expect(await cli.run(['sync'])).toBe(130);
    expect(cli.errors()).toBe('Stopped. Nothing is lost: run the same command again and it continues.');
    expect(cli.stillOpen()).toBe(0);
  });
});

describe('parley add, beside the own documentation', () => {
  it('says once how to leave that out', async () => {
    await using t = await createTestKnowledge();
    await t.knowledge.ensureOwnDocuments({ enabled: true });
    const first = createTestCli(t);
    const second = createTestCli(t);

    await first.run(['add', await t.write('a.md', 'A.')]);
    await second.run(['add', await t.write('b.md', 'B.')]);

    expect(first.output()).toContain('parley remove parley:documentation');
    expect(second.output()).not.toContain('parley:documentation');
    expect(await createTestCli(t).run(['remove', 'parley:documentation'])).toBe(0);
  });
});

describe('parley remove', () => {
  it('takes a source away', async () => {
    await using t = await createTestKnowledge();
    await createTestCli(t).run(['add', await t.write('a.md', 'A.'), '--title', 'Guide']);
    const cli = createTestCli(t);

    expect(await cli.run(['remove', 'Guide'])).toBe(0);
    expect(cli.output()).toBe('Removed Guide.');
    expect(t.texts()).toEqual([]);
  });

  it('says how to get the own documentation back', async () => {
    await using t = await createTestKnowledge();
    await t.knowledge.ensureOwnDocuments({ enabled: true });
    const cli = createTestCli(t);

    await cli.run(['remove', 'Parley documentation']);

    expect(cli.output()).toContain('parley add parley:documentation');
  });
});
