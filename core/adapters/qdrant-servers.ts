import { QdrantClient } from '@qdrant/js-client-rest';
import { AppError } from '../errors.ts';
import { isNobodyThere, isTimeOut } from './qdrant-errors.ts';

/** Somebody waits for a search; a write of many points may take its time. */
const SEARCH_TIMEOUT_MS = 3_000;
const WRITE_TIMEOUT_MS = 60_000;
/** How long an address that did not answer in time is left alone, so that not each question waits for it. */
const REST_MS = 10_000;

type Work<T> = (client: QdrantClient) => Promise<T>;

export interface QdrantServers {
  /** @throws AppError `vector_store_unavailable` at once while no address has answered lately */
  reading<T>(work: Work<T>): Promise<T>;
  writing<T>(work: Work<T>): Promise<T>;
  /** Like `reading`, also where an address is being left alone: an answer ends that. */
  probing<T>(work: Work<T>): Promise<T>;
}

interface Address {
  reader: QdrantClient;
  writer: QdrantClient;
  restsUntil: number;
}

/**
 * One or more addresses of the same Qdrant, each a node of a cluster. The one that answered last is asked first; the
 * others are for when it does not.
 * @param options.url addresses separated by commas
 */
export function createQdrantServers(options: {
  url: string;
  apiKey: string | undefined;
  now?: () => number;
}): QdrantServers {
  const { apiKey, now = () => performance.now() } = options;
  const addresses: Address[] = options.url.split(',').map((url) => ({
    reader: connect({ url: url.trim(), apiKey, timeout: SEARCH_TIMEOUT_MS }),
    writer: connect({ url: url.trim(), apiKey, timeout: WRITE_TIMEOUT_MS }),
    restsUntil: 0,
  }));

  async function ask<T>(work: (address: Address) => Promise<T>, candidates: Address[]): Promise<T> {
    const [first, ...others] = candidates;
    if (!first) {
      throw new AppError(
        'vector_store_unavailable',
        'Qdrant did not answer lately; it is asked again in some seconds.',
      );
    }
    try {
      const answer = await work(first);
      first.restsUntil = 0;
      return answer;
    } catch (error) {
      // Who refuses a connection costs nobody time, and may be back at once.
      if (isTimeOut(error)) first.restsUntil = now() + REST_MS;
      if (!isNobodyThere(error)) first.restsUntil = 0;
      if (!isNobodyThere(error) || others.length === 0) throw error;
      addresses.push(...addresses.splice(addresses.indexOf(first), 1));
      return ask(work, others);
    }
  }

  const awake = () => addresses.filter(({ restsUntil }) => restsUntil <= now());

  return {
    reading: (work) => ask(({ reader }) => work(reader), awake()),
    writing: (work) => ask(({ writer }) => work(writer), awake()),
    probing: (work) => ask(({ reader }) => work(reader), [...addresses]),
  };
}

/**
 * The client drops a path from its `url` and turns default ports into 6333, so it gets the parts. It would also ask
 * for the server's version first, which says nothing that a failing request does not.
 */
function connect(options: { url: string; apiKey: string | undefined; timeout: number }): QdrantClient {
  const { hostname, port, protocol, pathname } = new URL(options.url);
  const https = protocol === 'https:';
  return new QdrantClient({
    host: hostname,
    port: port === '' ? (https ? 443 : 80) : Number(port),
    https,
    ...(pathname === '/' ? {} : { prefix: pathname.replace(/\/$/, '') }),
    ...(options.apiKey ? { apiKey: options.apiKey } : {}),
    timeout: options.timeout,
    checkCompatibility: false,
  });
}
