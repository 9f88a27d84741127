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
  refuse(rule: Rule | null): void;
  /** Has it take requests and answer none, or answer again. */
  freeze(isFrozen: boolean): void;
  /** Loses everything, as with a storage that is not kept. */
  wipe(): void;
  stop(): Promise<void>;
}

export interface Rule {
  path?: RegExp;
  status: number;
  retryAfter?: string;
  /** Answers this page, as a proxy does. */
  html?: string;
}

export interface FakeQdrantOptions {
  apiKey?: string;
  /** A key that may only read. */
  readOnlyApiKey?: string;
  /** Where it listens; a free port unless given. */
  port?: number;
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
  let rule: Rule | null = null;
  let isFrozen = false;
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
        .map((scored) => ({ ...scored, version: 0, ...pickVector(find(name), scored.id, query.with_vector) })),
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
    ['GET', /^\/collections\/([^/]+)$/, ({ name }) => describe(find(name))],
    ['PATCH', /^\/collections\/([^/]+)$/, ({ name, body }) => update(find(name), body)],
    ['PUT', /^\/collections\/([^/]+)$/, ({ name, body }) => create(name, body)],
    ['DELETE', /^\/collections\/([^/]+)$/, ({ name }) => drop(name)],
    ['PUT', /^\/collections\/([^/]+)\/index$/, ({ name, body }) => index(name, body)],
    ['POST', /^\/collections\/([^/]+)\/points\/payload$/, ({ name, body }) => setPayload(name, body)],
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

  function drop(name: string): boolean {
    for (const [alias, collection] of aliases) if (collection === name) aliases.delete(alias);
    return collections.delete(name);
  }

  function index(name: string, { field_name }: { field_name: string }) {
    find(name).indexes.add(field_name);
    return completed();
  }

  function setPayload(name: string, body: { payload: object; filter?: Filter; points?: PointId[] }) {
    const found = find(name)
      .list(body.filter)
      .filter(({ id }) => body.points?.includes(id) ?? true);
    for (const point of found) Object.assign(point.payload, body.payload);
    return completed();
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
    const collection = find(name);
    collection.remove(body.points ?? collection.list(body.filter).map((point) => point.id));
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
      const result = await handle(request);
      if (!isFrozen) answer(200, { result, status: 'ok' });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
      if (error.headers['content-type'] === 'text/html') response.writeHead(error.status).end(error.message);
      else answer(error.status, { status: { error: error.message } });
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
    checkKey(request.headers['api-key'], method, path);
    if (rule && (rule.path?.test(path) ?? true)) {
      const headers: Record<string, string> = rule.html ? { 'content-type': 'text/html' } : {};
      if (rule.retryAfter) headers['retry-after'] = rule.retryAfter;
      throw new Refusal(rule.status, rule.html ?? 'refused by the test', headers);
    }
    if (options.knowsBatches === false && path.endsWith('/batch')) throw new Refusal(404, 'no such route');
    if (options.lacks?.test(path)) throw new Refusal(404, 'no such route');
    checkAgainstDescription(method, path, body);
    for (const [routeMethod, pattern, handler] of routes) {
      const match = routeMethod === method ? pattern.exec(path) : null;
      if (match) return handler({ body: body as never, name: decodeURIComponent(match[1] ?? ''), url });
    }
    throw new Refusal(404, `no route ${method} ${path}`);
  }

  function checkKey(key: string | string[] | undefined, method: string, path: string): void {
    if (!options.apiKey || key === options.apiKey) return;
    if (key === undefined || key !== options.readOnlyApiKey) throw new Refusal(401, 'Must provide an API key');
    const isReading = method === 'GET' || /\/points\/(?:count|scroll|query|query\/batch)$/.test(path);
    if (!isReading) throw new Refusal(403, 'Forbidden: Global manage access is required');
  }

  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
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
    freeze: (next) => {
      isFrozen = next;
    },
    wipe() {
      collections.clear();
      aliases.clear();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function describe({ points, config, indexes }: Collection) {
  const { strict_mode_config, quantization_config, ...params } = config;
  return {
    status: 'green',
    points_count: points.size,
    config: {
      params: { shard_number: 1, replication_factor: 1, ...params },
      ...(strict_mode_config ? { strict_mode_config } : {}),
      quantization_config: quantization_config ?? null,
    },
    payload_schema: Object.fromEntries(
      [...indexes].map((field) => [field, { data_type: 'keyword', points: points.size }]),
    ),
  };
}

function update(
  collection: Collection,
  change: { quantization_config?: object; params?: object; vectors?: object },
): boolean {
  const { config } = collection;
  if (change.quantization_config) config.quantization_config = change.quantization_config;
  Object.assign(config, change.params);
  for (const [name, diff] of Object.entries(change.vectors ?? {})) Object.assign(config.vectors?.[name] ?? {}, diff);
  return true;
}

function pickVector({ points }: Collection, id: PointId, wanted: boolean | string[] | undefined) {
  const vector = points.get(id)?.vector ?? {};
  if (!wanted) return {};
  if (wanted === true) return { vector };
  return { vector: Object.fromEntries(Object.entries(vector).filter(([name]) => wanted.includes(name))) };
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
