import type { Passage } from '../../core/ports/chat-model.ts';

/** A passage with everything a test does not care about filled in. */
export function createPassage(passage: Partial<Passage> = {}): Passage {
  const n = passage.n ?? 1;
  return {
    n,
    chunkId: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    title: 'Handbook',
    headings: [],
    url: null,
    text: 'The office opens at nine.',
    score: 1 / n,
    ...passage,
  };
}
