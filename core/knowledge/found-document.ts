/** One thing a source offered during a sync. What a source no longer offers is removed. */
export type FoundDocument =
  | {
      state: 'found';
      /** Stable name within the source: a relative path or an address. */
      location: string;
      /** Where a person can read it; null when nowhere. */
      url: string | null;
      bytes: Uint8Array;
      contentType: string | null;
      etag: string | null;
      lastModified: string | null;
      /** ISO 639-1 code, where the words of the document do not tell: names are of any language. */
      language?: string;
    }
  /** The server says that it is what we already have. */
  | { state: 'unchanged'; location: string }
  /** Could not be read now; what was read before stays. A location that ends in `/` stands for all below it. */
  | { state: 'unreadable'; location: string; reason: string }
  /** Must not or cannot be read at all, although the source lists it; what was read before goes. */
  | { state: 'excluded'; location: string; reason: string };

/** What is known of a document from the sync before, for asking a server whether it changed. */
export interface KnownVersion {
  etag: string | null;
  lastModified: string | null;
}
