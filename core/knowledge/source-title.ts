import path from 'node:path';
import type { Source, SourceKind } from './source.ts';

/** What a source is called when nobody says. */
export function defaultTitle(kind: SourceKind, location: string): string {
  if (kind === 'built_in') return 'Parley documentation';
  if (kind === 'text') return 'Text';
  if (kind === 'url' || kind === 'sitemap' || kind === 'website') return new URL(location).host;
  return path.basename(location) || location;
}

/** A title the operator chose, for a source that is one document: then it is the document's, too. */
export function givenTitle(source: Source): string | null {
  const isOneDocument = ['file', 'url', 'text', 'profile'].includes(source.kind);
  return isOneDocument && source.title !== defaultTitle(source.kind, source.location) ? source.title : null;
}

/** A readable title from a file name or an address, for documents that have none: `getting-started.md` is `getting started`. */
export function titleOfLocation(location: string): string {
  const name = path.posix.basename(location.replace(/[?#].*$/, '').replace(/\/$/, ''));
  const words = name.replace(/\.[a-z0-9]+$/i, '').replace(/[_-]+/g, ' ');
  try {
    return decodeURIComponent(words).trim() || location;
  } catch {
    return words.trim() || location;
  }
}
