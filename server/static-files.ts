import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { RequestHandler, Response } from 'express';
import { AppError } from '../core/errors.ts';

interface StaticFile {
  modifiedMs: number;
  etag: string;
  plain: Buffer;
  br: Buffer;
  gzip: Buffer;
}

export interface StaticFileOptions {
  contentType: string;
  headers?: Record<string, string>;
  /** What to tell whoever asks while the file does not exist. */
  whenMissing: string;
}

/**
 * Serves one file, compressed once and kept in memory until it changes on disk. Browsers ask each time whether theirs
 * is still the one, so that a new version shows at once.
 */
export function serveFile(path: string, { contentType, headers = {}, whenMissing }: StaticFileOptions): RequestHandler {
  let kept: StaticFile | null = null;

  async function load(): Promise<StaticFile> {
    const { mtimeMs } = await stat(path).catch((error) => {
      throw new AppError('not_found', whenMissing, { cause: error });
    });
    if (kept?.modifiedMs !== mtimeMs) kept = await compress(await readFile(path), mtimeMs);
    return kept;
  }

  return async function sendFile(req, res) {
    const file = await load();
    res.set({ 'content-type': contentType, 'cache-control': 'no-cache', ...headers });
    res.vary('accept-encoding');
    // Weak: the same content in each of its encodings.
    res.setHeader('etag', file.etag);
    if (req.fresh) res.status(304).end();
    else sendEncoded(res, file, req.acceptsEncodings(['br', 'gzip', 'identity']));
  };
}

function sendEncoded(res: Response, file: StaticFile, encoding: string | false): void {
  if (encoding !== 'br' && encoding !== 'gzip') {
    res.end(file.plain);
    return;
  }
  res.setHeader('content-encoding', encoding);
  res.end(file[encoding]);
}

const compressBrotli = promisify(brotliCompress);
const compressGzip = promisify(gzip);

async function compress(plain: Buffer, modifiedMs: number): Promise<StaticFile> {
  // The highest quality takes seconds for a megabyte and saves a few per cent.
  const quality = plain.length > 200_000 ? 5 : 11;
  const [br, gzipped] = await Promise.all([
    compressBrotli(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }),
    compressGzip(plain, { level: 9 }),
  ]);
  const hash = createHash('sha256').update(plain).digest('base64url').slice(0, 22);
  return { modifiedMs, etag: `W/"${hash}"`, plain, br, gzip: gzipped };
}
