/** A chunk as PostgreSQL keeps it, with what the index needs to know of its document. */
export interface IndexedChunk {
  id: string;
  documentId: string;
  sourceId: string;
  audience: string[];
  title: string;
  headings: string[];
  text: string;
  /** ISO 639-1 code of the document's language, for stemming. */
  language: string;
}

export interface IndexProgress {
  done: number;
  total: number;
}

/** Keeps the vector store in step with the chunks in PostgreSQL. */
export interface ChunkIndex {
  /** Makes chunks findable by their words at once; `embedPending` adds their meaning. */
  add(chunks: IndexedChunk[]): Promise<void>;
  remove(chunkIds: string[]): Promise<void>;
  /** Changes who may find the chunks of a source; what was embedded stays so. */
  changeAudience(sourceId: string, audience: string[]): Promise<void>;
  /**
   * Embeds every chunk that the present index has no vector of, batch by batch, and fills the index anew when it was
   * made for another model or has lost what it had. One process at a time does so, the others wait. Interrupting it
   * loses nothing: the rest is still pending next time.
   * @returns how many chunks it embedded
   */
  embedPending(options: { signal: AbortSignal; onProgress?: (progress: IndexProgress) => void }): Promise<number>;
}
