import type { Embedder } from '../ports/embedder.ts';
import type { IndexedChunk } from './chunk-index.ts';

/** One vector per chunk, of its text below its title and headings. */
export async function embedPassages(
  embedder: Embedder,
  chunks: IndexedChunk[],
  signal: AbortSignal,
): Promise<Float32Array[]> {
  return embedder.embed(chunks.map(toEmbeddedText), { signal, purpose: 'passage' });
}

function toEmbeddedText({ title, headings, text }: IndexedChunk): string {
  return [title, ...headings.filter((heading) => heading !== title), text].filter(Boolean).join('\n');
}
