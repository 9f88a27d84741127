import type { NewChunk, StoredChunk, StoredDocument } from './documents-repository.ts';

/** How the stored chunks of a document become those of its new version. */
export interface ChunkPlan {
  added: NewChunk[];
  /** Same words as before at another place. */
  moved: StoredChunk[];
  staleIds: string[];
  /** Kept, but perhaps not in the index yet because a run before this one was interrupted. */
  waiting: StoredChunk[];
}

/**
 * Keeps every stored chunk whose words come again, so that one edited paragraph costs one embedding. The title and the
 * language are part of what the index knows of a chunk: when they change, nothing is kept.
 */
export function planChunks(options: {
  chunks: NewChunk[];
  document: StoredDocument;
  known: StoredDocument | null;
  stored: StoredChunk[];
}): ChunkPlan {
  const { chunks, document, known, stored } = options;
  const isAlike = known?.title === document.title && known.language === document.language;
  const byWords = Map.groupBy(isAlike ? stored : [], wordsOf);

  const kept = new Set<string>();
  const plan: ChunkPlan = { added: [], moved: [], staleIds: [], waiting: [] };
  for (const chunk of chunks) {
    const same = byWords.get(wordsOf(chunk))?.shift();
    if (!same) {
      plan.added.push(chunk);
      continue;
    }
    kept.add(same.id);
    const placed = { ...same, position: chunk.position, url: chunk.url };
    if (placed.position !== same.position || placed.url !== same.url) plan.moved.push(placed);
    if (same.embeddingModel === null) plan.waiting.push(placed);
  }
  plan.staleIds = stored.filter((chunk) => !kept.has(chunk.id)).map((chunk) => chunk.id);
  return plan;
}

function wordsOf(chunk: NewChunk): string {
  return JSON.stringify([chunk.headings, chunk.text]);
}
