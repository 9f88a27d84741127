import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../errors.ts';
import { formatOfName, READABLE_KINDS } from './formats/detect-format.ts';
import { createHeadingSlugs } from './heading-slug.ts';
import { splitGlob } from './origins/files.ts';
import type { SourceKind } from './source.ts';

/** Location of the product's own documentation; not a path, because the program may move. */
export const OWN_DOCUMENTS = 'parley:documentation';

export interface SourcePlace {
  kind: SourceKind;
  location: string;
}

/**
 * Says what a path or an address is, and writes it in the one way it is stored.
 * @throws AppError `invalid_request` in words for whoever typed it
 */
export async function locateSource(text: string): Promise<SourcePlace> {
  if (text === OWN_DOCUMENTS) return { kind: 'built_in', location: text };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return locateAddress(text);
  return locatePath(path.resolve(text));
}

/** A title names the text, so that adding it again replaces it; without one, only the same text is the same source. */
export function locateText(text: string, title: string | null): SourcePlace {
  const name = title ? createHeadingSlugs()(title) : createHash('sha256').update(text).digest('hex').slice(0, 16);
  return { kind: 'text', location: `text:${name}` };
}

/** The stored form of what an operator typed to name a source that exists; does not look at the disk. */
export function normaliseLocation(text: string): string[] {
  if (URL.canParse(text) && /^https?:/i.test(text)) return [new URL(text).href];
  return [text, path.resolve(text)];
}

function locateAddress(text: string): SourcePlace {
  if (!URL.canParse(text)) throw new AppError('invalid_request', `${text} is not an address.`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new AppError('invalid_request', `Only http:// and https:// addresses can be added, not ${url.protocol}//.`);
  }
  if (url.username || url.password) {
    throw new AppError('invalid_request', 'An address with a user name or password in it cannot be added.');
  }
  url.hash = '';
  return { kind: kindOfAddress(url), location: url.href };
}

function kindOfAddress(url: URL): SourceKind {
  if (/sitemap[^/]*\.(xml|txt)(\.gz)?$/i.test(url.pathname)) return 'sitemap';
  return url.pathname === '/' && url.search === '' ? 'website' : 'url';
}

async function locatePath(location: string): Promise<SourcePlace> {
  const found = await stat(location).catch(() => null);
  if (found?.isDirectory()) return { kind: 'folder', location };
  if (found?.isFile()) {
    if (formatOfName(location)) return { kind: 'file', location };
    throw new AppError('invalid_request', `${location} is not of a type that can be read (${READABLE_KINDS}).`);
  }
  const { folder, pattern } = splitGlob(location);
  if (pattern && (await stat(folder).catch(() => null))?.isDirectory()) return { kind: 'folder', location };
  throw new AppError('invalid_request', `There is nothing at ${location}.`);
}
