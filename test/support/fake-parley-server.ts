import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildWidget, buildWidgetMore } from './built-widget.ts';

export interface FakeMessage {
  id: string;
  session_id: string;
  role: 'user' | 'assistant';
  content: string;
  image_url: null;
  status: 'complete' | 'interrupted' | 'failed';
  sources: FakeSource[];
  model: string | null;
  usage: null;
  created_at: string;
}

export interface FakeSource {
  n: number;
  title: string;
  url: string | null;
  snippet: string;
  score: number;
}

/** What happens to one question; without a script the answer repeats it. */
export interface Script {
  /** Answer with this status and error body instead; nothing is stored. */
  refuse?: { status: number; code: string; message?: string; retryAfter?: number };
  /** Close the connection before anything is stored. */
  refuseConnection?: boolean;
  sources?: FakeSource[];
  /** Pieces of the answer; a promise among them is waited for. */
  deltas?: (string | Promise<unknown>)[];
  /** After the deltas: an error frame, or a connection cut without any word. */
  error?: { code: string; message: string };
  cut?: boolean;
  /** What is stored when the connection was cut or closed by the client. */
  stored?: { content: string; status: FakeMessage['status'] } | null;
}

export interface FakeRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Record<string, string> | null;
}

export type FakeParleyServer = Awaited<ReturnType<typeof startFakeParleyServer>>;

/** A Parley server for the widget's tests: the documented HTTP shapes, answers as scripted, and a record of all requests. */
export async function startFakeParleyServer() {
  const scripts: Script[] = [];
  const requests: FakeRequest[] = [];
  const tokens = new Map<string, string>();
  const sessions: { id: string; owner: string; title: string; platform: string; updated_at: string }[] = [];
  const messages: FakeMessage[] = [];
  const closings: string[] = [];
  const options = { tokenSeconds: 3600, renews: true, pageSize: 100, pages: new Map<string, string>(), csp: '' };

  const store = (session: string, role: FakeMessage['role'], content: string, part: Partial<FakeMessage> = {}) => {
    const message: FakeMessage = {
      id: randomUUID(),
      session_id: session,
      role,
      content,
      image_url: null,
      status: 'complete',
      sources: [],
      model: null,
      usage: null,
      created_at: new Date().toISOString(),
      ...part,
    };
    messages.push(message);
    return message;
  };

  const countOf = (id: string) => messages.filter((message) => message.session_id === id).length;
  const toSession = ({ owner, ...session }: (typeof sessions)[number]) => ({
    ...session,
    created_at: session.updated_at,
    message_count: countOf(session.id),
  });

  async function answer(sessionId: string, text: string, res: ServerResponse): Promise<void> {
    const script = scripts.shift() ?? { deltas: [`You said: ${text}`] };
    if (script.refuseConnection) return void res.destroy();
    if (script.refuse) return refuse(res, script.refuse);
    const session = sessions.find(({ id }) => id === sessionId);
    if (session?.title === 'New Chat') session.title = text;
    const question = store(sessionId, 'user', text);
    const sources = script.sources ?? [];
    let content = '';
    let isGone = false;
    res.once('close', () => {
      if (!res.writableEnded) isGone = true;
      closings.push(text);
      if (isGone && script.stored !== null) {
        const stored = script.stored ?? { content, status: 'interrupted' as const };
        store(sessionId, 'assistant', stored.content, { sources, status: stored.status });
      }
    });
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    const frame = (event: string, data: unknown) => res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    res.write(': ping\n\n');
    if (sources.length > 0) frame('sources', { sources });
    for (const delta of script.deltas ?? []) {
      if (typeof delta === 'string') {
        content += delta;
        frame('delta', { text: delta });
      } else await delta;
    }
    if (isGone) return;
    if (script.cut) return void res.socket?.end();
    if (script.error) frame('error', { error: { ...script.error, request_id: 'test' } });
    else frame('done', { user_message: question, ai_response: store(sessionId, 'assistant', content, { sources }) });
    res.end();
  }

  /** Extends a cut answer, by what a script says. */
  function goOn(id: string, res: ServerResponse): void {
    const script = scripts.shift() ?? { deltas: [' And more.'] };
    if (script.refuse) {
      refuse(res, script.refuse);
      return;
    }
    const at = messages.findIndex((one) => one.id === id);
    const [question, answered] = messages.slice(at - 1) as [FakeMessage, FakeMessage];
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    const frame = (event: string, data: unknown) => res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    const deltas = (script.deltas ?? []).filter((delta) => typeof delta === 'string');
    for (const text of deltas) frame('delta', { text });
    const longer = { ...answered, cut: undefined, content: answered.content + deltas.join('') };
    messages.splice(at, 1, longer);
    frame('done', { user_message: question, ai_response: longer });
    res.end();
  }

  /** Takes a website's word for who its user is, unsigned; an anonymous visitor's chats become that user's. */
  function vouchFor(userToken: string, before: string | undefined): string {
    const owner = `user of the website: ${userToken.split('.')[1]}`;
    for (const session of sessions) {
      if (session.owner === before && !before.startsWith('user of')) session.owner = owner;
    }
    return owner;
  }

  function list<Item>(res: ServerResponse, items: Item[], url: URL): void {
    const from = Number(url.searchParams.get('cursor') ?? 0);
    const end = from + options.pageSize;
    json(res, 200, { items: items.slice(from, end), next_cursor: end < items.length ? String(end) : null });
  }

  async function api(
    req: IncomingMessage,
    res: ServerResponse,
    url: URL,
    body: Record<string, string> | null,
  ): Promise<void> {
    const token = req.headers.authorization?.replace('Bearer ', '') ?? '';
    const route = `${req.method} ${url.pathname.replace(/[0-9a-f-]{36}/, ':id')}`;
    const id = /[0-9a-f-]{36}/.exec(url.pathname)?.[0] ?? '';
    if (route === 'POST /api/visitors') {
      if (token && !(options.renews && tokens.has(token))) return refuse(res, { status: 401, code: 'unauthorized' });
      const owner = body?.user_token
        ? vouchFor(body.user_token, tokens.get(token))
        : (tokens.get(token) ?? randomUUID());
      const fresh = randomUUID();
      tokens.set(fresh, owner);
      const expires_at = new Date(Date.now() + options.tokenSeconds * 1000).toISOString();
      return json(res, 201, { access_token: fresh, expires_at, user: { id: owner } });
    }
    const owner = tokens.get(token);
    if (!owner || expired.has(token)) return refuse(res, { status: 401, code: 'unauthorized' });
    const session = sessions.find((one) => one.id === id && one.owner === owner);
    if (url.pathname.startsWith('/api/sessions/') && !session)
      return refuse(res, { status: 404, code: 'session_not_found' });
    if (route === 'POST /api/sessions') {
      const made = {
        id: randomUUID(),
        owner,
        title: body?.title ?? 'New Chat',
        platform: 'web',
        updated_at: new Date().toISOString(),
      };
      sessions.unshift(made);
      return json(res, 201, toSession(made));
    }
    if (route === 'GET /api/sessions')
      return list(res, sessions.filter((one) => one.owner === owner).map(toSession), url);
    if (route === 'GET /api/sessions/:id/messages')
      return list(
        res,
        messages.filter((one) => one.session_id === id),
        url,
      );
    if (route === 'POST /api/sessions/:id/messages') return answer(id, body?.text ?? '', res);
    if (route === 'POST /api/messages/:id/continue') return goOn(id, res);
    if (route === 'DELETE /api/sessions/:id')
      sessions.splice(
        sessions.findIndex((one) => one.id === id),
        1,
      );
    if (route === 'DELETE /api/messages/:id')
      messages.splice(
        messages.findIndex((one) => one.id === id),
        1,
      );
    res.writeHead(204).end();
  }

  const expired = new Set<string>();

  async function page(res: ServerResponse, url: URL): Promise<void> {
    const html = options.pages.get(url.pathname);
    if (html === undefined) return void res.writeHead(404).end();
    if (options.csp) res.setHeader('content-security-policy', options.csp);
    res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
  }

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', 'http://localhost');
    if (url.pathname === '/widget.js') {
      const script = await buildWidget();
      return void res.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
    }
    if (url.pathname === '/widget-more.js') {
      const script = await buildWidgetMore();
      // A module of another origin is loaded only where its server allows it.
      const headers = { 'content-type': 'text/javascript', 'access-control-allow-origin': '*' };
      return void res.writeHead(200, headers).end(script);
    }
    if (!url.pathname.startsWith('/api/')) return page(res, url);
    res.setHeader('access-control-allow-origin', req.headers.origin ?? '*');
    res.setHeader('access-control-expose-headers', 'retry-after');
    if (req.method === 'OPTIONS') {
      res.setHeader('access-control-allow-methods', 'GET, POST, DELETE');
      res.setHeader('access-control-allow-headers', 'authorization, content-type');
      return void res.writeHead(204).end();
    }
    const body = await readJson(req);
    requests.push({ method: req.method ?? '', path: url.pathname + url.search, headers: req.headers, body });
    await api(req, res, url, body);
  }

  const server = createServer((req, res) => {
    handle(req, res).catch((error) => res.destroy(error));
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const stop = async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    sessions,
    messages,
    /** The text of each question whose connection has ended. */
    closings,
    options,
    /** Says what happens to the next question. */
    script: (script: Script) => scripts.push(script),
    /** Puts a message into a session, as if written by somebody else. */
    store,
    /** Makes every token given so far an expired one. */
    expireTokens() {
      for (const token of tokens.keys()) expired.add(token);
    },
    stop,
    start: () => listen(port),
    [Symbol.asyncDispose]: stop,
  };
}

function json(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function refuse(res: ServerResponse, { status, code, message, retryAfter }: NonNullable<Script['refuse']>): void {
  if (retryAfter) res.setHeader('retry-after', String(retryAfter));
  json(res, status, { error: { code, message: message ?? `Refused: ${code}.`, request_id: 'test' } });
}

async function readJson(req: IncomingMessage): Promise<Record<string, string> | null> {
  let text = '';
  for await (const part of req) text += part;
  return text ? JSON.parse(text) : null;
}
