export interface EmbedOptions {
  signal?: AbortSignal;
  /** Somebody waits for a question: it overtakes passages and is given up sooner. */
  purpose?: 'question' | 'passage';
  /** Set for texts of which nothing may be left out: what is too long for the model is refused, not cut. */
  isWhole?: boolean;
}

/** Turns text into unit-length vectors of one dimension. */
export interface Embedder {
  /** Names the model; vectors of different models are never compared. */
  readonly model: string;
  /** Known once `open()` has resolved. */
  readonly dimension: number;
  /** The languages it was found to work in (ISO 639-1), where that is known: in others its vectors mean nothing. */
  readonly languages?: readonly string[];
  open(): Promise<void>;
  /**
   * One vector per text, in order; empty text is allowed.
   * @throws AppError `embedding_unavailable`; `invalid_request` for what the model does not take whole
   */
  embed(texts: string[], options?: EmbedOptions): Promise<Float32Array[]>;
  close(): Promise<void>;
}
