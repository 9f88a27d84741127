/** Token ids (unsigned 32-bit) and their weights; ids are unique and ascending. */
export interface SparseVector {
  indices: number[];
  values: number[];
}

export interface VectorPoint {
  /** UUID; the id of the chunk. */
  id: string;
  documentId: string;
  sourceId: string;
  /** Who may retrieve it: `public`, spaces, `user:<id>`. */
  audience: string[];
  sparse: SparseVector;
  /** null until the chunk has been embedded: it can be found by its words meanwhile. */
  dense: Float32Array | null;
}

export interface VectorQuery {
  sparse: SparseVector;
  dense: Float32Array | null;
  /** A point is eligible when it shares at least one entry. Empty means nothing is eligible. */
  audience: readonly string[];
  limit: number;
}

export interface VectorHit {
  id: string;
  /** Fused rank score, higher is better. */
  score: number;
}

export interface VectorSearchResult {
  /** Best first, at most `limit`. */
  hits: VectorHit[];
  /** BM25 score of the best lexical match, 0 when there is none; used to tell whether the documents answer. */
  topLexicalScore: number;
  /**
   * The weights of that match, from stores whose idf is not to be relied on: one that counts deleted points, or each
   * shard for itself, gives another score for the same documents.
   */
  topLexical?: SparseVector;
  /** Cosine of the best dense match, 0 when there is none or no dense query. */
  topDenseScore: number;
}

/**
 * Keeps and searches vectors. Both implementations rank alike: BM25 over the sparse vectors (idf applied at query
 * time from the collection), cosine over the dense ones, fused by weighted reciprocal rank.
 * Every call throws AppError `vector_store_unavailable` when the store cannot be reached.
 */
export interface VectorStore {
  /**
   * Prepares the collection for one embedding model. `stale` means that the collection that answers searches was
   * built for another model: it goes on answering by words until `rebuild` has filled its successor.
   * `dimension` is null while the embedder cannot be reached: the collection is opened for searching by words, and
   * opened again once the dimension is known.
   */
  open(embedding: { model: string; dimension: number | null }): Promise<'ready' | 'stale'>;
  /**
   * Names the collection that answers: each new one, be it for the same model, has another name; null while there is
   * none, because it was not opened yet or is gone.
   */
  generation(): string | null;
  /** @returns the generation that has the points with their vectors; null where it has only their words */
  upsert(points: VectorPoint[]): Promise<string | null>;
  /** Changes who may see a source's points; their vectors stay. */
  setAudience(sourceId: string, audience: string[]): Promise<void>;
  remove(ids: string[]): Promise<void>;
  search(query: VectorQuery): Promise<VectorSearchResult>;
  /** Fills a new collection with all points, then swaps it in at once; searches never stop. */
  rebuild(batches: AsyncIterable<VectorPoint[]>): Promise<void>;
  count(): Promise<number>;
  /** Resolves when the store answers and has the collection. */
  check(): Promise<void>;
  /** Resolves when points could be written too. */
  checkWrite(): Promise<void>;
  close(): Promise<void>;
}
