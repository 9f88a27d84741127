import { AppError } from '../errors.ts';

/** The HTTP status Qdrant answered with; null when it did not answer. */
export function statusOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('status' in error)) return null;
  return typeof error.status === 'number' ? error.status : null;
}

/** Whether the server does not know a route, as older ones and small stand-ins do not know all of them. */
export function isUnknownThere(error: unknown): boolean {
  return [404, 405, 501].includes(statusOf(error) ?? 0);
}

/** Whatever Qdrant or the network throws becomes the one code that core knows. */
export async function reachingQdrant<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('vector_store_unavailable', sentenceFor(statusOf(error)), { cause: error });
  }
}

function sentenceFor(status: number | null): string {
  if (status === null) return 'Qdrant cannot be reached. Check QDRANT_URL.';
  if (status === 401 || status === 403) return 'Qdrant refuses the key. Check QDRANT_API_KEY.';
  return `Qdrant refused the request with status ${status}.`;
}
