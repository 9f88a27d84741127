import type { Audience } from './audience.ts';

/**
 * `url` is one page; `website` and `sitemap` are many; `built_in` is the product's own documentation; `profile` is what
 * an account elsewhere tells of one person.
 */
export type SourceKind = 'file' | 'folder' | 'url' | 'sitemap' | 'website' | 'text' | 'built_in' | 'profile';

/** A document that a sync left out, and why, in words for the operator. */
export interface SkippedDocument {
  location: string;
  reason: string;
}

/** Something the assistant may answer from, and who may see what it says. */
export interface Source {
  id: string;
  kind: SourceKind;
  /** An absolute path or glob, an address, or a made-up name for text; unique. */
  location: string;
  title: string;
  audience: Audience[];
  /** Where the files can be read on the web; null when they cannot. */
  urlBase: string | null;
  /** Why the last sync failed; null when it did not. The documents of the one before are still there. */
  lastError: string | null;
  skipped: SkippedDocument[];
  lastSyncedAt: Date | null;
  createdAt: Date;
}

export interface SourceWithCounts extends Source {
  documentCount: number;
  chunkCount: number;
}
