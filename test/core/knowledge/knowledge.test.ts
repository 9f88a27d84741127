import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sourceLease, withLease } from '../../../core/db/lease.ts';
import { AppError } from '../../../core/errors.ts';
import { createTestKnowledge } from '../../support/test-knowledge.ts';

describe('adding', () => {
  it('the same place again is the same source', async () => {
    await using t = await createTestKnowledge();
    const file = await t.write('a.md', 'Text.');

    const one = await t.knowledge.add({ location: file });
    const two = await t.knowledge.add({ location: `${t.folder}/./a.md`, title: 'Better title' });

    expect(two).toMatchObject({ id: one.id, title: 'Better title' });
    expect(await t.knowledge.list()).toHaveLength(1);
  });

  it('again without an audience does not open what was closed', async () => {
    await using t = await createTestKnowledge();
    const file = await t.write('a.md', 'Text.');
    await t.knowledge.add({ location: file, audience: ['discord:1'] });

    expect(await t.knowledge.add({ location: file })).toMatchObject({ audience: ['discord:1'] });
  });

  it('with another audience gives every passage that audience', async () => {
    await using t = await createTestKnowledge();
    const file = await t.write('a.md', 'Text.');
    await t.knowledge.add({ location: file });
    await t.sync();
    await t.db('chunks').update({ embedding_model: 'some' });

    await t.knowledge.add({ location: file, audience: ['slack:T1'] });

    expect([...t.index.chunks.values()].map(({ audience }) => audience)).toEqual([['slack:T1']]);
    // What was embedded stays so.
    expect(await t.db('chunks').pluck('embedding_model')).toEqual(['some']);
  });

  it('with another audience changes nothing while the index cannot forget the old one', async () => {
    await using t = await createTestKnowledge();
    const file = await t.write('a.md', 'Text.');
    await t.knowledge.add({ location: file });
    await t.sync();
    t.index.failWith = new AppError('vector_store_unavailable', 'The vector store cannot be reached.');

    const change = t.knowledge.add({ location: file, audience: ['slack:T1'] });

    await expect(change).rejects.toMatchObject({ code: 'vector_store_unavailable' });
    expect((await t.knowledge.list())[0]?.audience).toEqual(['public']);
  });

  it('with another audience is refused while a sync, which knows only the old one, is running', async () => {
    await using t = await createTestKnowledge();
    const file = await t.write('a.md', 'Text.');
    const source = await t.knowledge.add({ location: file });

    const change = withLease(t.db, sourceLease(source.id), () =>
      t.knowledge.add({ location: file, audience: ['slack:T1'] }),
    );

    await expect(change).rejects.toMatchObject({ code: 'conflict' });
  });

  it('a glob takes only what matches', async () => {
    await using t = await createTestKnowledge();
    await t.write('docs/a.md', 'Markdown.');
    await t.write('docs/deep/b.md', 'Deep.');
    await t.write('docs/c.txt', 'Text.');
    await t.knowledge.add({ location: `${t.folder}/docs/**/*.md` });

    await t.sync();

    expect(t.texts()).toEqual(['Deep.', 'Markdown.']);
  });

  it('text keeps it, and the same title replaces it', async () => {
    await using t = await createTestKnowledge();
    await t.knowledge.add({ text: 'We open at nine.', title: 'Opening hours' });
    await t.sync();
    await t.knowledge.add({ text: 'We open at ten.', title: 'Opening hours' });

    expect((await t.sync()).changed).toBe(1);
    expect([...t.index.chunks.values()]).toMatchObject([{ title: 'Opening hours', text: 'We open at ten.' }]);
  });

  it('a folder with its address on the web gives every document its own', async () => {
    await using t = await createTestKnowledge();
    await t.write('docs/index.md', 'Home.');
    await t.write('docs/guide/set up.md', '# Set up\n\n## First steps\n\nGo.');
    await t.knowledge.add({ location: `${t.folder}/docs`, urlBase: 'https://docs.example.com/v1/' });

    await t.sync();

    expect(await t.db('chunks').orderBy('url').pluck('url')).toEqual([
      'https://docs.example.com/v1/',
      'https://docs.example.com/v1/guide/set%20up#first-steps',
    ]);
  });

  it('a file gives no address to those who could not open it', async () => {
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: await t.write('a.md', '# A\n\nText.') });

    await t.sync();

    expect(await t.db('chunks').pluck('url')).toEqual([null]);
  });

  it.each([
    [{ location: '/does/not/exist' }, 'There is nothing at /does/not/exist.'],
    [{ location: 'ftp://example.com/a' }, 'Only http:// and https:// addresses can be added, not ftp://.'],
    [{ location: 'https://user:pw@example.com/' }, 'An address with a user name or password in it cannot be added.'],
    [{ location: 'http://' }, 'http:// is not an address.'],
    [{ text: ' \n' }, 'There is no text to add.'],
    [
      { text: 'x', urlBase: 'docs.example.com' },
      'docs.example.com is not an address that starts with http:// or https://.',
    ],
    [{ text: 'x', audience: [] }, 'A source needs an audience.'],
  ])('%j is refused in plain words', async (options, message) => {
    await using t = await createTestKnowledge();

    await expect(t.knowledge.add(options)).rejects.toMatchObject({ code: 'invalid_request', message });
  });

  it('a file of a kind that cannot be read is refused in plain words', async () => {
    await using t = await createTestKnowledge();
    const picture = await t.write('a.png', 'x');

    await expect(t.knowledge.add({ location: picture })).rejects.toThrow('is not of a type that can be read (Markdown');
  });
});

describe('removing', () => {
  it('takes the source, its documents and its passages away', async () => {
    await using t = await createTestKnowledge();
    const file = await t.write('a.md', 'Text.');
    await t.knowledge.add({ location: file });
    await t.sync();

    await t.knowledge.remove(file);

    expect(await t.knowledge.stats()).toEqual({ sources: 0, documents: 0, chunks: 0, pendingChunks: 0 });
    expect(t.texts()).toEqual([]);
  });

  it('is finished by the next sync when the index could not be reached', async () => {
    await using t = await createTestKnowledge();
    const file = await t.write('a.md', 'Text.');
    await t.knowledge.add({ location: file });
    await t.sync();
    t.index.failWith = new AppError('vector_store_unavailable', 'The vector store cannot be reached.');
    await expect(t.knowledge.remove(file)).rejects.toThrow();
    t.index.failWith = null;

    await t.knowledge.sync();

    expect(t.texts()).toEqual([]);
    expect(await t.db('chunk_removals')).toEqual([]);
  });

  it('finds a source by its title, too, but not when two have it', async () => {
    await using t = await createTestKnowledge();
    await t.knowledge.add({ location: await t.write('a.md', 'A'), title: 'Guide' });
    expect((await t.knowledge.getSource('guide')).title).toBe('Guide');
    await t.knowledge.add({ location: await t.write('b.md', 'B'), title: 'Guide' });

    await expect(t.knowledge.remove('guide')).rejects.toThrow('Several sources are called guide');
    await expect(t.knowledge.remove('nothing')).rejects.toMatchObject({ code: 'source_not_found' });
  });
});

describe('our own documentation', () => {
  it('is a public source without the decisions', async () => {
    await using t = await createTestKnowledge();
    await t.write('README.md', 'Read me.');
    await t.write('docs/guide.md', 'Guide.');
    await t.write('docs/decisions/0001.md', 'Decision.');

    await t.knowledge.ensureOwnDocuments({ enabled: true });
    await t.knowledge.ensureOwnDocuments({ enabled: true });
    await t.sync();

    expect(t.texts()).toEqual(['Guide.', 'Read me.']);
    expect(await t.knowledge.list()).toMatchObject([{ title: 'Parley documentation', audience: ['public'] }]);
  });

  it('stays away once it was removed, until it is added again', async () => {
    await using t = await createTestKnowledge();
    await t.knowledge.ensureOwnDocuments({ enabled: true });
    await t.knowledge.remove('Parley documentation');

    await t.knowledge.ensureOwnDocuments({ enabled: true });
    expect(await t.knowledge.list()).toEqual([]);

    await t.knowledge.add({ location: 'parley:documentation' });
    await t.knowledge.ensureOwnDocuments({ enabled: true });
    expect(await t.knowledge.list()).toHaveLength(1);
  });

  it('goes when it is turned off and comes back when it is turned on', async () => {
    await using t = await createTestKnowledge();
    await t.knowledge.ensureOwnDocuments({ enabled: true });

    await t.knowledge.ensureOwnDocuments({ enabled: false });
    expect(await t.knowledge.list()).toEqual([]);
    await t.knowledge.ensureOwnDocuments({ enabled: true });
    expect(await t.knowledge.list()).toHaveLength(1);
  });
});

it('one source in trouble does not keep the others from being synced', async () => {
  await using t = await createTestKnowledge();
  const bad = await t.write('bad/a.md', 'Bad.');
  await t.knowledge.add({ location: path.dirname(bad) });
  await t.knowledge.add({ location: await t.write('good.md', 'Good.') });
  await t.db('sources').where({ kind: 'folder' }).update({ location: '/gone' });

  const report = await t.knowledge.sync();

  expect(report.sources.map(({ state }) => state)).toEqual(['failed', 'synced']);
  expect(t.texts()).toEqual(['Good.']);
});
