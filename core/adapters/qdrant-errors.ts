import { AppError } from '../errors.ts';

/** What a proxy or a balancer says while nobody is behind it. */
const NOBODY_THERE = [502, 503, 504];
const LONGEST_REASON = 300;

/** The HTTP status Qdrant answered with; null when it did not answer. */
export function statusOf(error: unknown): number | null {
  // Its client has errors of its own for this one, without the status and with one character of the time to wait.
  if (nameOf(error) === 'QdrantClientResourceExhaustedError' || isUnreadWait(error)) return 429;
  if (typeof error !== 'object' || error === null || !('status' in error)) return null;
  return typeof error.status === 'number' ? error.status : null;
}

/** Whether the server does not know a route, as older ones and small stand-ins do not know all of them. */
export function isUnknownThere(error: unknown): boolean {
  return [404, 405, 501].includes(statusOf(error) ?? 0);
}

export function isTimeOut(error: unknown): boolean {
  return nameOf(error) === 'QdrantClientTimeoutError';
}

/** Whether another address of the same cluster may answer. */
export function isNobodyThere(error: unknown): boolean {
  return isTimeOut(error) || isUnreachable(error) || NOBODY_THERE.includes(statusOf(error) ?? 0);
}

/** Qdrant's own words; null when it gave none. */
export function reasonOf(error: unknown): string | null {
  const data = dataOf(error);
  if (typeof data !== 'object' || data === null || !('status' in data)) return null;
  const { status } = data;
  if (typeof status !== 'object' || status === null || !('error' in status)) return null;
  return typeof status.error === 'string' ? status.error.slice(0, LONGEST_REASON) : null;
}

/** Whether fewer points in one request may be taken: strict mode and proxies bound them. */
export function isTooMuch(error: unknown): boolean {
  const status = statusOf(error);
  if (status === 413) return true;
  return [400, 403, 422].includes(status ?? 0) && /exceed|limit|too (?:large|many|big)/i.test(reasonOf(error) ?? '');
}

/** Whatever Qdrant or the network throws becomes the one code that core knows. */
export async function reachingQdrant<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('vector_store_unavailable', sentenceFor(error), { cause: error });
  }
}

function sentenceFor(error: unknown): string {
  const status = statusOf(error);
  if (isTimeOut(error)) return 'Qdrant did not answer in time. It may be overloaded or frozen.';
  if (isUnreachable(error)) return 'Qdrant cannot be reached. Check QDRANT_URL.';
  if (status === 429) return 'Qdrant takes no more requests for now (429): its rate limit is reached.';
  if (status === null || typeof dataOf(error) === 'string') {
    const withStatus = status === null ? '' : ` with status ${status}`;
    return `What answers at QDRANT_URL is not Qdrant: it sent a page or text${withStatus}. Check QDRANT_URL and any proxy before it.`;
  }
  const reason = reasonOf(error);
  const inItsWords = reason === null ? '' : ` It says: ${reason}`;
  if (status === 401) return `Qdrant refuses the key. Check QDRANT_API_KEY.${inItsWords}`;
  if (status === 403 && !isTooMuch(error)) {
    return `Qdrant does not allow this with the key: it has to read and write. Check QDRANT_API_KEY.${inItsWords}`;
  }
  return `Qdrant refused the request with status ${status}.${inItsWords}`;
}

function isUnreachable(error: unknown): boolean {
  return error instanceof TypeError && error.message === 'fetch failed';
}

function isUnreadWait(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Invalid retryAfter value');
}

function dataOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'data' in error ? error.data : null;
}

function nameOf(error: unknown): string | null {
  return error instanceof Error ? error.name : null;
}
