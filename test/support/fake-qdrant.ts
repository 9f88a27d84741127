import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Ajv, type ValidateFunction } from 'ajv';
import described from '../fixtures/qdrant-requests.json' with { type: 'json' };
import {
  type Collection,
  type CollectionConfig,
  createCollection,
  type Filter,
  type Point,
  type PointId,
  type Query,
  Refusal,
} from './fake-qdrant-collection.ts';

export interface RecordedRequest {
  method: string;
  path: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was sent
  body: any;
}

export interface FakeQdrant extends AsyncDisposable {
  url: string;
  requests: RecordedRequest[];
  collections: Map<string, Collection>;
  aliases: Map<string, string>;
  /** Makes the next matching requests fail, or everything while `status` is set without `path`. */
  refuse(rule: { path?: RegExp; status: number } | null): void;
  stop(): Promise<void>;
}

export interface FakeQdrantOptions {
  apiKey?: string;
  /** Before 1.17 a server does not know weights, before 1.16 no `rrf`. */
  knowsWeights?: boolean;
  knowsBatches?: boolean;
  /** Routes that are answered with 404, as by an older server or a small stand-in. */
  lacks?: RegExp;
  /** Served below this path, as behind a proxy. */
  prefix?: string;
}

type Handler = (context: { body: never; name: string; url: URL }) => unknown;

/** Speaks the part of Qdrant's HTTP interface that its client uses for us, strictly; keeps what it was sent. */
export async function startFakeQdrant(options: FakeQdrantOptions = {}): Promise<FakeQdrant> {
  const collections = new Map<string, Collection>();
  const aliases = new Map<string, string>();
  const requests: RecordedRequest[] = [];
  let rule: { path?: RegExp; status: number } | null = null;
  let operations = 0;

  const find = (name: string): Collection => {
    const collection = collections.get(aliases.get(name) ?? name);
    if (!collection) throw new Refusal(404, `Not found: Collection \`${name}\` doesn't exist!`);
    return collection;
  };
  const completed = () => ({ operation_id: ++operations, status: 'completed' });
  const checkVersion = (query: Query) => {
    if (options.knowsWeights === false && JSON.stringify(query.query).includes('"rrf":')) {
      throw new Refusal(
        400,
        'Format error in JSON body: data did not match any variant of untagged enum QueryInterface',
      );
    }
  };
  const run = (name: string, query: Query) => {
    checkVersion(query);
    return {
      points: find(name)
        .run(query)
        .map((scored) => ({ ...scored, version: 0 })),
    };
  };

  const routes: [string, RegExp, Handler][] = [
    ['GET', /^\/$/, () => ({ title: 'qdrant - vector search engine', version: '1.19.0' })],
    ['GET', /^\/collections$/, () => ({ collections: [...collections.keys()].map((name) => ({ name })) })],
    [
      'GET',
      /^\/aliases$/,
      () => ({ aliases: [...aliases].map(([alias_name, collection_name]) => ({ alias_name, collection_name })) }),
    ],
    ['POST', /^\/collections\/aliases$/, ({ body }) => changeAliases(body)],
    ['GET', /^\/collections\/([^/]+)\/exists$/, ({ name }) => ({ exists: collections.has(aliases.get(name) ?? name) })],
    ['GET', /^\/collections\/([^/]+)$/, ({ name }) => ({ status: 'green', points_count: find(name).points.size })],
    ['PUT', /^\/collections\/([^/]+)$/, ({ name, body }) => create(name, body)],
    ['DELETE', /^\/collections\/([^/]+)$/, ({ name }) => collections.delete(name)],
    ['PUT', /^\/collections\/([^/]+)\/index$/, ({ name }) => find(name) && completed()],
    ['PUT', /^\/collections\/([^/]+)\/points$/, ({ name, body }) => upsert(name, body)],
    ['POST', /^\/collections\/([^/]+)\/points\/delete$/, ({ name, body }) => remove(name, body)],
    [
      'POST',
      /^\/collections\/([^/]+)\/points\/count$/,
      ({ name, body }) => ({ count: find(name).list((body as { filter?: Filter }).filter).length }),
    ],
    ['POST', /^\/collections\/([^/]+)\/points\/scroll$/, ({ name, body }) => scroll(name, body)],
    ['POST', /^\/collections\/([^/]+)\/points\/query$/, ({ name, body }) => run(name, body)],
    [
      'POST',
      /^\/collections\/([^/]+)\/points\/query\/batch$/,
      ({ name, body }) => (body as { searches: Query[] }).searches.map((query) => run(name, query)),
    ],
  ];

  function create(name: string, config: CollectionConfig): boolean {
    if (collections.has(name)) throw new Refusal(409, `Wrong input: Collection \`${name}\` already exists!`);
    collections.set(name, createCollection(config));
    return true;
  }

  function changeAliases({ actions }: { actions: Record<string, { alias_name: string; collection_name: string }>[] }) {
    for (const { create_alias, delete_alias } of actions) {
      if (delete_alias) aliases.delete(delete_alias.alias_name);
      if (!create_alias) continue;
      find(create_alias.collection_name);
      if (collections.has(create_alias.alias_name)) throw new Refusal(409, 'a collection has that name');
      aliases.set(create_alias.alias_name, create_alias.collection_name);
    }
    return true;
  }

  function upsert(name: string, { points }: { points: Point[] }) {
    find(name).upsert(points);
    return completed();
  }

  function remove(name: string, body: { points?: PointId[]; filter?: Filter }) {
    const { points, list } = find(name);
    for (const id of body.points ?? list(body.filter).map((point) => point.id)) points.delete(id);
    return completed();
  }

  function scroll(name: string, { filter, limit = 10, offset }: { filter?: Filter; limit?: number; offset?: PointId }) {
    const rest = find(name)
      .list(filter)
      .filter((point) => offset === undefined || String(point.id) >= String(offset));
    return { points: rest.slice(0, limit), next_page_offset: rest[limit]?.id ?? null };
  }

  const server = createServer(async (request, response) => {
    const startedAt = performance.now();
    const answer = (status: number, rest: object) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ...rest, time: (performance.now() - startedAt) / 1000 }));
    };
    try {
      answer(200, { result: await handle(request), status: 'ok' });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      answer(error.status, { status: { error: error.message } });
    }
  });

  async function handle(request: IncomingMessage): Promise<unknown> {
    const url = new URL(request.url ?? '/', 'http://qdrant');
    const prefix = options.prefix ?? '';
    if (!url.pathname.startsWith(prefix)) throw new Refusal(404, 'wrong path');
    const path = url.pathname.slice(prefix.length) || '/';
    const body = await readJson(request);
    const method = request.method ?? 'GET';
    requests.push({ method, path, body });
    if (options.apiKey && request.headers['api-key'] !== options.apiKey)
      throw new Refusal(401, 'Must provide an API key');
    if (rule && (rule.path?.test(path) ?? true)) throw new Refusal(rule.status, 'refused by the test');
    if (options.knowsBatches === false && path.endsWith('/batch')) throw new Refusal(404, 'no such route');
    if (options.lacks?.test(path)) throw new Refusal(404, 'no such route');
    checkAgainstDescription(method, path, body);
    for (const [routeMethod, pattern, handler] of routes) {
      const match = routeMethod === method ? pattern.exec(path) : null;
      if (match) return handler({ body: body as never, name: decodeURIComponent(match[1] ?? ''), url });
    }
    throw new Refusal(404, `no route ${method} ${path}`);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://127.0.0.1:${port}${options.prefix ?? ''}`,
    requests,
    collections,
    aliases,
    refuse: (next) => {
      rule = next;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const piece of request) text += piece;
  if (text === '') return undefined;
  return JSON.parse(text);
}

const validators = new Map(Object.keys(described.requests).map((route) => [route, null as ValidateFunction | null]));
let ajv: Ajv | null = null;

/** Requests that do not fit the vendor's published description are refused, like there. */
function checkAgainstDescription(method: string, path: string, body: unknown): void {
  const route =
    path === '/collections/aliases' ? path : path.replace(/^\/collections\/[^/]+/, '/collections/{collection_name}');
  const validate = findValidator(`${method} ${route}`);
  if (validate && !validate(body)) {
    throw new Refusal(400, `Format error in JSON body: ${ajv?.errorsText(validate.errors?.slice(0, 3))}`);
  }
}

function findValidator(route: string): ValidateFunction | null {
  if (!validators.has(route)) return null;
  if (!ajv) {
    ajv = new Ajv({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'qdrant', ...described });
  }
  const validate =
    validators.get(route) ??
    ajv.compile({ $ref: `qdrant#/requests/${encodeURIComponent(route.replaceAll('/', '~1'))}` });
  validators.set(route, validate);
  return validate;
}
