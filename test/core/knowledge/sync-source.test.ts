import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sourceLease, withLease } from '../../../core/db/lease.ts';
import { AppError } from '../../../core/errors.ts';
import { createTestKnowledge } from '../../support/test-knowledge.ts';

const unreachable = () => new AppError('vector_store_unavailable', 'The vector store cannot be reached.');

describe('syncing a folder', () => {
  it('reads every document once and leaves unchanged ones alone', async () => {
    await using t = await createTestKnowledge();
    await t.write('docs/a.md', '# Apples\n\nApples are red.');
    await t.write('docs/b.txt', 'Bananas are yellow.');
    await t.knowledge.add({ location: path.join(t.folder, 'docs') });

    expect(await t.sync()).toEqual({ added: 2, changed: 0, unchanged: 0, removed: 0, skipped: [] });
    expect(await t.sync()).toEqual({ added: 0, changed: 0, unchanged: 2, removed: 0, skipped: [] });

    expect(t.texts()).toEqual(['Apples are red.', 'Bananas are yellow.']);
    expect(t.index.calls.filter((call) => call.startsWith('add'))).toEqual(['add 1', 'add 1']);
  });

  it('names the parts of documents that could not be read, also when nothing changed since', async () => {
    await using t = await createTestKnowledge();
    await t.write('docs/a.csv', 'Item,Price\nTap,4\n"Pipe,10\nValve,6');
    await t.knowledge.add({ location: path.join(t.folder, 'docs') });
    const skipped = [{ location: 'a.csv, line 3', reason: 'A quoted value in it does not end.' }];

    expect(await t.sync()).toMatchObject({ added: 1, skipped });
    expect(await t.sync()).toMatchObject({ unchanged: 1, skipped });

    expect(t.texts()).toEqual(['Item: Tap\nPrice: 4\nItem: Valve\nPrice: 6']);
    expect((await t.knowledge.list())[0]?.skipped).toEqual(skipped);
  });

  it('embeds again only the chunks whose words changed', async () => {
    await using t = await createTestKnowledge();
    const section = (name: string, word: string) => `## ${name}\n\n${`This is about ${word}. `.repeat(30)}\n\n`;
    await t.write('docs/a.md', section('One', 'alpha') + section('Two', 'beta'));
    await t.knowledge.add({ location: path.join(t.folder, 'docs') });
    await t.sync();
    const before = new Map([...t.index.chunks.values()].map((chunk) => [chunk.headings[0], chunk.id]));

    await t.write('docs/a.md', section('One', 'alpha') + section('Two', 'gamma'));

    expect((await t.sync()).changed).toBe(1);
    const after = new Map([...t.index.chunks.values()].map((chunk) => [chunk.headings[0], chunk.id]));
    expect(after.get('One')).toBe(before.get('One'));
    expect(after.get('Two')).not.toBe(before.get('Two'));
    expect(t.texts().join()).not.toContain('beta');
  });

  it('lets the index forget the old chunks only after it has the new ones', async () => {
    await using t = await createTestKnowledge();
    await t.write('docs/a.md', 'The old text.');
    await t.knowledge.add({ location: path.join(t.folder, 'docs') });
    await t.sync();
    t.index.calls.length = 0;

    await t.write('docs/a.md', 'The new text.');
    await t.sync();

    expect(t.index.calls).toEqual(['add 1', 'remove 1', 'embedPending']);
    expect(t.texts()).toEqual(['The new text.']);
  });

  it('keeps the old chunks in the database when the index cannot take the new ones, and finishes next time', async () => {
    await using t = await createTestKnowledge();
    await t.write('docs/a.md', 'The old text.');
    await t.knowledge.add({ location: path.join(t.folder, 'docs') });
    await t.sync();
    await t.write('docs/a.md', 'The new text.');

    t.index.failWith = unreachable();
    await expect(t.knowledge.sync()).rejects.toThrow('The vector store cannot be reached.');
    expect(await t.db('chunks').pluck('text')).toContain('The old text.');
    t.index.failWith = null;

    expect((await t.sync()).changed).toBe(1);
    expect(await t.db('chunks').pluck('text')).toEqual(['The new text.']);
    expect(t.texts()).toEqual(['The new text.']);
  });

  it('removes what is gone from the folder', async () => {
    await using t = await createTestKnowledge();
    await t.write('docs/a.md', 'Stays.');
    const gone = await t.write('docs/b.md', 'Goes.');
    await t.knowledge.add({ location: path.join(t.folder, 'docs') });
    await t.sync();

    await rm(gone);

    expect((await t.sync()).removed).toBe(1);
    expect(t.texts()).toEqual(['Stays.']);
    expect(await t.db('chunk_removals')).toEqual([]);
  });

  it('refuses to remove more than half of a source unless forced', async () => {
    await using t = await createTestKnowledge();
    const files = await Promise.all([1, 2, 3, 4].map((n) => t.write(`docs/${n}.md`, `Text ${n}.`)));
    const source = await t.knowledge.add({ location: path.join(t.folder, 'docs') });
    await t.sync();
    for (const file of files.slice(1)) await rm(file);

    const [refused] = (await t.knowledge.sync()).sources;

    expect(refused).toMatchObject({ state: 'failed', reason: expect.stringContaining('3 of the 4 documents') });
    expect(t.index.chunks.size).toBe(4);
    expect((await t.knowledge.getSource(source.id)).lastError).toContain('--force');
    expect((await t.sync({ force: true })).removed).toBe(3);
    expect((await t.knowledge.getSource(source.id)).lastError).toBeNull();
  });

  it('refuses it for a source of a few documents, too, and lets exactly half go', async () => {
    await using t = await createTestKnowledge();
    const files = await Promise.all([1, 2, 3, 4].map((n) => t.write(`docs/${n}.md`, `Text ${n}.`)));
    await t.knowledge.add({ location: path.join(t.folder, 'docs') });
    await t.sync();
    for (const file of files.slice(2)) await rm(file);
    expect((await t.sync()).removed).toBe(2);
    for (const file of files.slice(0, 2)) await rm(file);

    const [refused] = (await t.knowledge.sync()).sources;

    expect(refused).toMatchObject({ state: 'failed', reason: expect.stringContaining('2 of the 2 documents') });
    expect(t.texts()).toEqual(['Text 1.', 'Text 2.']);
  });

  it('keeps everything when the whole folder has gone away', async () => {
    await using t = await createTestKnowledge();
    await t.write('docs/a.md', 'Still known.');
    await t.knowledge.add({ location: path.join(t.folder, 'docs') });
    await t.sync();
    await rm(path.join(t.folder, 'docs'), { recursive: true });

    const [failed] = (await t.knowledge.sync({ force: true })).sources;

    expect(failed).toMatchObject({ state: 'failed', reason: expect.stringContaining('There is no folder at') });
    expect(t.texts()).toEqual(['Still known.']);
  });

  it('names a broken document, keeps its last version and goes on with the rest', async () => {
    await using t = await createTestKnowledge();
    await t.write('docs/a.json', '[{"question": "Who?", "answer": "Ada."}]');
    await t.knowledge.add({ location: path.join(t.folder, 'docs') });
    await t.sync();

    await t.write('docs/a.json', '[{"question": ');
    await t.write('docs/b.md', 'The rest.');
    const summary = await t.sync();

    expect(summary).toMatchObject({ added: 1, removed: 0 });
    expect(summary.skipped).toEqual([
      { location: 'a.json', reason: 'It is not valid JSON. The version from before is kept.' },
    ]);
    expect(t.texts()).toEqual(['Ada.', 'The rest.']);
    expect((await t.knowledge.list())[0]?.skipped).toHaveLength(1);
  });

  it('loses nothing when interrupted, and goes on where it stopped', async () => {
    await using t = await createTestKnowledge();
    for (const n of [1, 2, 3]) await t.write(`docs/${n}.md`, `Text ${n}.`);
    await t.knowledge.add({ location: path.join(t.folder, 'docs') });
    const stop = new AbortController();

    const interrupted = t.knowledge.sync({
      signal: stop.signal,
      onProgress: ({ done }) => done === 2 && stop.abort(new Error('stopped by hand')),
    });

    await expect(interrupted).rejects.toThrow('stopped by hand');
    expect(t.texts()).toEqual(['Text 1.', 'Text 2.']);
    expect(await t.sync()).toMatchObject({ added: 1, unchanged: 2, removed: 0 });
  });

  it('does not work on a source that another process is syncing', async () => {
    await using t = await createTestKnowledge();
    await t.write('docs/a.md', 'Text.');
    const source = await t.knowledge.add({ location: path.join(t.folder, 'docs') });

    const report = await withLease(t.db, sourceLease(source.id), () => t.knowledge.sync());

    expect(report?.sources.map(({ state }) => state)).toEqual(['busy']);
    expect((await t.sync()).added).toBe(1);
  });

  it('records when a source was last synced', async () => {
    await using t = await createTestKnowledge();
    await t.write('docs/a.md', 'Text.');
    await t.knowledge.add({ location: path.join(t.folder, 'docs') });

    await t.sync();

    expect((await t.knowledge.list())[0]).toMatchObject({
      lastSyncedAt: new Date('2026-03-01T12:00:00Z'),
      lastError: null,
      documentCount: 1,
      chunkCount: 1,
    });
  });
});
