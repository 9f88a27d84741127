import { AppError } from '../../errors.ts';
import type { SafeFetch, SafeResponse } from '../../net/safe-fetch.ts';
import type { FoundDocument, KnownVersion } from '../found-document.ts';

export interface WebOptions {
  safeFetch: SafeFetch;
  signal: AbortSignal;
  known: (location: string) => KnownVersion | null;
}

export interface PageOptions extends WebOptions {
  /** The only host that may answer; any when absent. */
  host?: string;
}

/** One page of many: failing is a state, not an error. */
export async function readPage(location: string, options: PageOptions): Promise<FoundDocument> {
  try {
    const response = await fetchPage(location, options);
    if (response.status === 304) return { state: 'unchanged', location };
    if (response.status === 404 || response.status === 410) {
      return { state: 'excluded', location, reason: `The server says that it is gone (${response.status}).` };
    }
    return toFound(location, requireSuccess(location, response));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { state: 'unreadable', location, reason: error.message };
  }
}

export async function fetchPage(location: string, options: PageOptions): Promise<SafeResponse> {
  const { safeFetch, signal, known, host } = options;
  const before = known(location);
  return safeFetch(location, {
    signal,
    headers: {
      accept: 'text/html, text/markdown, text/plain, application/pdf;q=0.9, */*;q=0.5',
      ...(before?.etag ? { 'if-none-match': before.etag } : {}),
      ...(before?.lastModified ? { 'if-modified-since': before.lastModified } : {}),
    },
    ...(host ? { mayRedirectTo: (url: URL) => url.host === host } : {}),
  });
}

/** @throws AppError `fetch_failed` */
export function requireSuccess(location: string, response: SafeResponse): SafeResponse {
  if (response.status >= 200 && response.status < 300) return response;
  throw new AppError('fetch_failed', `${new URL(location).host} answers ${response.status}.`);
}

export function toFound(location: string, response: SafeResponse): FoundDocument {
  return {
    state: 'found',
    location,
    url: response.url,
    bytes: response.bytes,
    contentType: response.headers.get('content-type'),
    etag: response.headers.get('etag'),
    lastModified: response.headers.get('last-modified'),
  };
}
