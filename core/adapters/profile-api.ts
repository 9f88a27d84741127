import type { z } from 'zod';
import { AppError } from '../errors.ts';
import { plainFetch } from '../net/plain-fetch.ts';

const MOST_BYTES = 5_000_000;
/** Where a provider refuses for now without saying for how long. */
const DEFAULT_RETRY_SECONDS = 300;

export interface ProfileApi {
  /** @throws AppError `unauthorized`, `forbidden`, `not_found`, `rate_limited`, `fetch_failed` */
  get<Shape extends z.ZodType>(path: string, shape: Shape): Promise<z.output<Shape>>;
}

export interface ProfileApiOptions {
  /** Of the provider, for sentences. */
  name: string;
  baseUrl: string;
  headers?: Record<string, string>;
}

/** Asks a provider's API as one person. */
export function createProfileApi({ name, baseUrl, headers }: ProfileApiOptions) {
  return function asPerson(accessToken: string, { signal }: { signal: AbortSignal }): ProfileApi {
    return {
      async get(path, shape) {
        try {
          const response = await plainFetch(baseUrl + path, {
            headers: {
              accept: 'application/json',
              'user-agent': 'parley',
              ...headers,
              authorization: `Bearer ${accessToken}`,
            },
            // A token goes nowhere but to the provider itself.
            redirect: 'error',
            signal,
          });
          if (!response.ok) throw toRefusal(response, name);
          return shape.parse(JSON.parse(await readText(response)));
        } catch (cause) {
          if (cause instanceof AppError) throw cause;
          throw new AppError('fetch_failed', `${name} could not be read. It is tried again soon.`, { cause });
        }
      },
    };
  };
}

/**
 * Null for a part that is not there, or not for us: a profile is told without it. What is only in trouble is no reason
 * to forget what was read of it before.
 */
export async function ifThere<Part>(part: Promise<Part>): Promise<Part | null> {
  try {
    return await part;
  } catch (error) {
    if (error instanceof AppError && (error.code === 'not_found' || error.code === 'forbidden')) return null;
    throw error;
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function toRefusal({ status, headers }: Response, name: string): Error {
  // GitHub says 403 where others say 429, and then when its limit ends.
  const isLimit =
    status === 429 || (status === 403 && (headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0'));
  if (isLimit) {
    const retryAfterSeconds = Number(headers.get('retry-after')) || secondsUntil(headers) || DEFAULT_RETRY_SECONDS;
    return new AppError('rate_limited', `${name} wants us to wait. It is tried again later.`, { retryAfterSeconds });
  }
  if (status === 404) return new AppError('not_found', `${name} could not be read. It is tried again soon.`);
  if (status === 401) return new AppError('unauthorized', `${name} does not accept the stored sign-in any more.`);
  if (status === 403) {
    return new AppError('forbidden', `${name} does not let us read this. Switch it off and on again to allow it.`);
  }
  return new Error(`status ${status}`);
}

/** GitHub: `x-ratelimit-reset`; Twitch: `ratelimit-reset`; both in seconds since 1970. */
function secondsUntil(headers: Headers): number {
  const at = Number(headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset'));
  return at > 0 ? Math.max(1, Math.ceil(at - Date.now() / 1000)) : 0;
}
