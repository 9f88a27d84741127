import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBundledEmbedder } from '../../../core/adapters/bundled-embedder.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';

describe('the bundled embedder', () => {
  const embedder = createBundledEmbedder({ logger: createSilentLogger() });
  beforeAll(() => embedder.open());
  afterAll(() => embedder.close());

  const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);

  it('puts texts that mean the same near each other', async () => {
    const [reset, forgot, soup] = await embedder.embed([
      'How do I reset my password?',
      'I forgot my password',
      'The soup is hot',
    ]);

    expect(embedder.dimension).toBe(512);
    expect(reset).toHaveLength(512);
    expect(cosine(reset!, reset!)).toBeCloseTo(1, 3);
    expect(cosine(reset!, forgot!)).toBeGreaterThan(cosine(reset!, soup!) + 0.2);
  });

  it('takes empty text, and no text', async () => {
    expect(await embedder.embed(['', '  \n'])).toHaveLength(2);
    expect(await embedder.embed([''], { purpose: 'question' })).toHaveLength(1);
    expect(await embedder.embed([])).toEqual([]);
  });

  it('lets a question overtake passages that wait', async () => {
    const finished: string[] = [];
    const passage = 'A passage of some length about nothing in particular. '.repeat(20);
    const passages = embedder.embed(Array(30).fill(passage)).then(() => finished.push('passages'));

    await embedder.embed(['a question'], { purpose: 'question' }).then(() => finished.push('question'));
    await passages;

    expect(finished).toEqual(['question', 'passages']);
  });

  it('gives the same vector alone and among others', async () => {
    const [alone] = await embedder.embed(['a question'], { purpose: 'question' });
    const together = await Promise.all(
      ['x', 'a question', 'y'].map((text) => embedder.embed([text], { purpose: 'question' })),
    );

    expect(cosine(alone!, together[1]![0]!)).toBeCloseTo(1, 4);
  });

  it('drops what is no longer wanted', async () => {
    const stop = new AbortController();
    const embedding = embedder.embed(['a passage'], { signal: stop.signal });
    stop.abort(new Error('gone'));

    await expect(embedding).rejects.toThrow('gone');
    expect(await embedder.embed(['next'])).toHaveLength(1);
  });
});

it('rejects what waits when it is closed, and refuses more', async () => {
  const embedder = createBundledEmbedder({ logger: createSilentLogger() });
  await embedder.open();
  const waiting = embedder.embed(Array(50).fill('A passage. '.repeat(50)));
  const rejected = expect(waiting).rejects.toMatchObject({ code: 'embedding_unavailable' });

  await new Promise((resolve) => setImmediate(resolve));
  await embedder.close();

  await rejected;
  await expect(embedder.embed(['more'])).rejects.toMatchObject({ code: 'embedding_unavailable' });
});
