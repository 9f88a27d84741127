import { Buffer } from 'node:buffer';
import path from 'node:path';
import type { SafeFetch } from '../net/safe-fetch.ts';
import type { FoundDocument } from './found-document.ts';
import { readAddressSource } from './origins/address.ts';
import { readFileSource, readFolderSource } from './origins/files.ts';
import type { WebOptions } from './origins/page.ts';
import type { Source } from './source.ts';
import type { SourcesRepository } from './sources-repository.ts';
import type { OpenSource } from './sync-source.ts';

export interface OpenSourceParts {
  sources: SourcesRepository;
  safeFetch: SafeFetch;
  /** Folder of the program itself, for the built-in documentation. */
  programFolder: string;
}

/** Knows for each kind of source where its documents come from. */
export function createOpenSource({ sources, programFolder, safeFetch }: OpenSourceParts): OpenSource {
  return (source, { signal, known }) => {
    switch (source.kind) {
      case 'file':
        return readFileSource(source.location, source.urlBase);
      case 'folder':
        return readFolderSource(source.location, source.urlBase);
      case 'built_in':
        return readOwnDocuments(programFolder);
      case 'text':
        return readText(source, sources);
      case 'profile':
        return readText(source, sources, 'en');
      case 'url':
        return readAddressSource(source.location, { safeFetch, signal, known });
      case 'sitemap':
      case 'website':
        return readSite(source, { safeFetch, signal, known });
    }
  };
}

/** The README and the documentation; decisions are for those who change the program. */
async function* readOwnDocuments(programFolder: string): AsyncGenerator<FoundDocument> {
  yield* readFileSource(path.join(programFolder, 'README.md'), null);
  for await (const document of readFolderSource(path.join(programFolder, 'docs'), null)) {
    if (!document.location.startsWith('decisions/')) yield { ...document, location: `docs/${document.location}` };
  }
}

async function* readText(source: Source, sources: SourcesRepository, language?: string): AsyncGenerator<FoundDocument> {
  const bytes = Buffer.from(await sources.findBody(source.id), 'utf8');
  const location = path.posix.basename(source.location);
  const given = { location, url: null, bytes, contentType: 'text/markdown', ...(language && { language }) };
  yield { state: 'found', ...given, etag: null, lastModified: null };
}

/** What reads whole sites is loaded when the first one comes. */
async function* readSite(source: Source, options: WebOptions): AsyncGenerator<FoundDocument> {
  const { readSitemapSource, readWebsiteSource } = await import('./origins/website.ts');
  yield* source.kind === 'sitemap'
    ? readSitemapSource(source.location, options)
    : readWebsiteSource(source.location, options);
}
