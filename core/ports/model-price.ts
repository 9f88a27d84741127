/** What a model's tokens cost: millionths of a US dollar per million tokens, so that every price is a whole number. */
export interface ModelPrice {
  inputMicrosPerMillion: number;
  /** For input that the server remembers from an earlier request. */
  cachedInputMicrosPerMillion: number;
  /** For input that the server puts away to remember it. */
  cacheWriteMicrosPerMillion: number;
  outputMicrosPerMillion: number;
}

/** A price with the version of the catalogue it stands in, by which a charge can be explained later. */
export interface VersionedPrice extends ModelPrice {
  version: string;
}
