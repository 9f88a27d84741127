import { ChatError } from './chat-error.ts';

const REQUEST_TIMEOUT_MS = 20_000;

/** A body that brings its own content type. */
export function toJson(value: unknown): Blob {
  return new Blob([JSON.stringify(value)], { type: 'application/json' });
}

/**
 * @param server base address, ending in a slash
 * @throws ChatError `unreachable`
 */
export async function callApi(server: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(new URL(`api/${path}`, server), {
      credentials: 'omit',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      ...init,
    });
  } catch (cause) {
    throw new ChatError('unreachable', '', { cause });
  }
}
