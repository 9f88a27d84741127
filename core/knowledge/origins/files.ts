import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../errors.ts';
import { formatOfName } from '../formats/detect-format.ts';
import type { FoundDocument } from '../found-document.ts';
import { walkFolder } from './folder-walk.ts';

/** Bigger files are exports or scans that would take minutes to read and push everything else out of an answer. */
const MAX_FILE_BYTES = 50_000_000;

const GLOB = /[*?[\]{}]/;

/** `docs/**\/*.md` is the folder `docs` and a pattern; a path without such characters has no pattern. */
export function splitGlob(location: string): { folder: string; pattern: string | null } {
  const parts = location.split(path.sep);
  const first = parts.findIndex((part) => GLOB.test(part));
  if (first < 0) return { folder: location, pattern: null };
  return { folder: parts.slice(0, first).join(path.sep) || path.sep, pattern: location };
}

/** The one file of a file source, under its own name. */
export async function* readFileSource(location: string, urlBase: string | null): AsyncGenerator<FoundDocument> {
  await requireKind(location, 'file');
  const name = path.basename(location);
  yield readOne(location, name, urlBase);
}

/**
 * The readable files of a folder or glob, named by their path below the folder.
 * @throws AppError `fetch_failed` when the folder is not there, so that nothing is taken for deleted
 */
export async function* readFolderSource(location: string, urlBase: string | null): AsyncGenerator<FoundDocument> {
  const { folder, pattern } = splitGlob(location);
  await requireKind(folder, 'folder');
  for await (const entry of walkFolder(folder)) {
    const relative = path.relative(folder, entry.path).split(path.sep).join('/');
    if (!entry.isReadable) {
      yield { state: 'unreadable', location: `${relative}/`, reason: 'The folder cannot be opened.' };
    } else if (formatOfName(entry.path) && (!pattern || path.matchesGlob(entry.path, pattern))) {
      yield readOne(entry.path, relative, urlBase);
    }
  }
}

async function readOne(file: string, location: string, urlBase: string | null): Promise<FoundDocument> {
  try {
    const { size } = await stat(file);
    if (size > MAX_FILE_BYTES) {
      return { state: 'excluded', location, reason: `The file is larger than ${MAX_FILE_BYTES / 1e6} MB.` };
    }
    const bytes = await readFile(file);
    const url = urlBase ? urlBelow(urlBase, location) : null;
    return { state: 'found', location, url, bytes, contentType: null, etag: null, lastModified: null };
  } catch {
    return { state: 'unreadable', location, reason: 'The file cannot be opened; check its permissions.' };
  }
}

/** Sites made from Markdown serve `guide/setup.md` at `guide/setup`, and `index.md` at its folder. */
function urlBelow(base: string, relative: string): string {
  const page = relative.replace(/\.(md|mdx|markdown|html?)$/i, '').replace(/(^|\/)(index|readme)$/i, '$1');
  const address = new URL(base);
  const encoded = page.split('/').map(encodeURIComponent).join('/');
  address.pathname = `${address.pathname.replace(/\/$/, '')}/${encoded}`;
  return address.href;
}

async function requireKind(location: string, kind: 'file' | 'folder'): Promise<void> {
  const found = await stat(location).catch(() => null);
  if (kind === 'file' ? found?.isFile() : found?.isDirectory()) return;
  throw new AppError('fetch_failed', `There is no ${kind} at ${location} any more; what was read before is kept.`);
}
