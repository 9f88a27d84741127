import type { Embedder } from '../ports/embedder.ts';
import type { IndexedChunk } from './chunk-index.ts';
import { knowsLanguage } from './known-languages.ts';

/** By id, one vector for each chunk in a language of the embedder, of its text below its title and headings. */
export async function embedPassages(
  embedder: Embedder,
  chunks: IndexedChunk[],
  signal: AbortSignal,
): Promise<Map<string, Float32Array>> {
  const known = chunks.filter((chunk) => knowsLanguage(embedder, chunk.language));
  if (known.length === 0) return new Map();
  const vectors = await embedder.embed(known.map(toEmbeddedText), { signal, purpose: 'passage' });
  return new Map(known.flatMap(({ id }, index) => (vectors[index] ? [[id, vectors[index]] as const] : [])));
}

function toEmbeddedText({ title, headings, text }: IndexedChunk): string {
  return [title, ...headings.filter((heading) => heading !== title), text].filter(Boolean).join('\n');
}
