import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { type WebSocket, WebSocketServer } from 'ws';
import { createSlackDelivery } from './fake-slack-delivery.ts';
import { createSlackEvents } from './fake-slack-events.ts';
import { findRefusal, MARKDOWN_LIMIT, slackSize } from './fake-slack-limits.ts';
import { ALLOWED_ARGUMENTS, CALLS_PER_MINUTE, findContentViolations } from './fake-slack-rules.ts';
import { APP_TOKEN, BOT, BOT_TOKEN, BOT_USER, TEAM } from './fake-slack-workspace.ts';

const RESPONSE_URL_USES = 5;

export interface FakeMessage {
  channel: string;
  ts: string;
  threadTs: string | null;
  /** What people read: the Markdown of a stream or of its blocks, or else the text. */
  shown: string;
  blocks: { type: string; [key: string]: unknown }[];
  isStreaming: boolean;
  wasStreamed: boolean;
  metadata: unknown;
  edits: number;
}

/** A message that others wrote in a thread. */
interface ThreadMessage {
  ts: string;
  [key: string]: unknown;
}

interface PrivateReply {
  channel: string;
  user: string;
  shown: string;
  blocks: FakeMessage['blocks'];
  isForAll: boolean;
  replaces: boolean;
}

type Arguments = Record<string, unknown>;
/** `lost`: carried out, but the answer never arrives. */
type Failure = { error: string } | { status: number; retryAfter?: number } | 'lost';

export interface FakeSlackOptions {
  /** Where events go by HTTP; without, they go to open sockets. */
  eventsUrl?: () => string;
  /** How long the minute of the published rates is. */
  minuteMs?: number;
  /** What a server that is not quite Slack does not carry out. */
  refuse?: (method: string, args: Record<string, unknown>) => Failure | null;
  /** What a token turns out to belong to, where it is not all of it. */
  identity?: { team_id?: string | undefined; user_id?: string | undefined; bot_id?: string | undefined };
}

export type FakeSlack = Awaited<ReturnType<typeof startFakeSlack>>;

/** Slack's Web API, Socket Mode and signed HTTP events on loopback; what breaks Slack's rules is kept in `violations`. */
export async function startFakeSlack(options: FakeSlackOptions = {}) {
  const minuteMs = options.minuteMs ?? 60_000;
  const messages: FakeMessage[] = [];
  const replies: PrivateReply[] = [];
  const calls: { method: string; args: Arguments; token: string }[] = [];
  const violations: string[] = [];
  const failures: { method: string; failure: Failure }[] = [];
  const windows = new Map<string, number[]>();
  const responseUrls = new Map<string, { channel: string; user: string; uses: number }>();
  const sockets = new Set<WebSocket>();
  const watchers = new Set<() => void>();
  const tokens = new Map<string, string>([
    [BOT_TOKEN, TEAM],
    [APP_TOKEN, TEAM],
  ]);
  const state = {
    externalChannels: new Set<string>(),
    admins: new Set<string>(),
    names: new Map<string, string>(),
    channelNames: new Map<string, string>(),
    unknownUsers: new Set<string>(),
    /** What people wrote, by channel and the beginning of their thread. */
    threads: new Map<string, ThreadMessage[]>(),
  };
  let clock = 1_700_000_000;

  const nextTs = () => {
    clock += 1;
    return `${clock}.000100`;
  };
  const changed = () => {
    for (const watcher of [...watchers]) watcher();
  };

  const delivery = createSlackDelivery({ eventsUrl: options.eventsUrl, sockets, until, violations });

  const server = createServer((request, response) => {
    handle(request, response).catch((error) => {
      violations.push(`the fake failed: ${error}`);
      response.destroy();
    });
  });
  const socketServer = new WebSocketServer({ server, path: '/socket' });
  socketServer.on('connection', (socket) => {
    sockets.add(socket);
    socket.setMaxListeners(0);
    socket.on('close', () => sockets.delete(socket));
    socket.on('message', (data) => {
      const { envelope_id, payload } = JSON.parse(String(data));
      delivery.acknowledge(envelope_id, payload);
    });
    socket.send(JSON.stringify({ type: 'hello', num_connections: sockets.size }));
    changed();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin);
    const body = await readText(request);
    if (url.pathname.startsWith('/response/')) return reply(url.pathname.slice('/response/'.length), body, response);
    if (url.pathname.startsWith('/files/')) {
      if (!tokens.has((request.headers.authorization ?? '').slice('Bearer '.length)))
        violations.push('a file without token');
      response.end(`content of ${url.pathname}`);
      return;
    }
    const method = url.pathname.replace('/api/', '');
    const args = parseArguments(body, request.headers['content-type'] ?? '');
    const token = (request.headers.authorization ?? `Bearer ${args.token ?? ''}`).slice('Bearer '.length);
    delete args.token;
    calls.push({ method, args, token });
    const failure = options.refuse?.(method, args) ?? takeFailure(method);
    if (failure && failure !== 'lost') {
      if ('error' in failure) send(response, { ok: false, error: failure.error });
      else send(response, { ok: false }, failure.status, failure.retryAfter);
      return changed();
    }
    const team = tokens.get(token);
    if (!team && method !== 'oauth.v2.access') return send(response, { ok: false, error: 'invalid_auth' });
    const retryAfter = countCall(team ?? '-', method, args);
    if (retryAfter > 0) return send(response, { ok: false, error: 'ratelimited' }, 429, retryAfter);
    checkArguments(method, args);
    const refusal = findRefusal(method, args);
    const result = refusal ? { ok: false, error: refusal } : carryOut(method, args, team ?? TEAM);
    changed();
    if (failure === 'lost') response.destroy();
    else send(response, result);
  }

  function takeFailure(method: string): Failure | null {
    const index = failures.findIndex((failure) => failure.method === method);
    return index < 0 ? null : (failures.splice(index, 1)[0]?.failure ?? null);
  }

  function countCall(team: string, method: string, args: Arguments): number {
    const keys: [string, number, number][] = [[`${team} ${method}`, CALLS_PER_MINUTE[method] ?? 20, minuteMs]];
    if (method === 'chat.postMessage') {
      // One a second; Slack bears with a little unevenness on the way.
      keys.push([`${team} ${method} ${args.channel}`, 3, (3 * minuteMs) / 60]);
    }
    const now = performance.now();
    for (const [key, most, windowMs] of keys) {
      const recent = (windows.get(key) ?? []).filter((at) => at > now - windowMs);
      if (recent.length >= most) {
        violations.push(`${key}: more than ${most} calls in ${windowMs} ms`);
        return 1;
      }
      windows.set(key, [...recent, now]);
    }
    return 0;
  }

  function checkArguments(method: string, args: Arguments): void {
    const allowed = ALLOWED_ARGUMENTS[method];
    if (!allowed) violations.push(`unknown method ${method}`);
    for (const name of Object.keys(args)) {
      if (allowed && !allowed.includes(name)) violations.push(`${method} has no argument ${name}`);
    }
    for (const found of findContentViolations(args)) violations.push(`${method}: ${found}`);
    if (method === 'chat.postMessage' && (args.unfurl_links !== 'false' || args.unfurl_media !== 'false')) {
      violations.push('a message whose links unfurl');
    }
  }

  function carryOut(method: string, args: Arguments, team: string): object {
    const channel = String(args.channel ?? '');
    const message = messages.find((known) => known.channel === channel && known.ts === args.ts);
    switch (method) {
      case 'auth.test':
        return { ok: true, ...(options.identity ?? { team_id: team, user_id: BOT_USER, bot_id: BOT }) };
      case 'apps.connections.open':
        return { ok: true, url: `${origin.replace('http', 'ws')}/socket` };
      case 'oauth.v2.access': {
        const teamId = `T-${args.code}`;
        tokens.set(`xoxb-${args.code}`, teamId);
        return {
          ok: true,
          app_id: 'A1',
          access_token: `xoxb-${args.code}`,
          token_type: 'bot',
          scope: 'chat:write',
          bot_user_id: BOT_USER,
          team: { id: teamId, name: 'Other' },
          authed_user: { id: 'U9' },
          is_enterprise_install: false,
        };
      }
      case 'chat.postMessage':
        return { ok: true, channel, ts: post(channel, args, false) };
      case 'chat.update':
        if (!message) return { ok: false, error: 'message_not_found' };
        if (message.isStreaming) return { ok: false, error: 'streaming_state_conflict' };
        Object.assign(message, { shown: toShown(args), blocks: args.blocks ?? [], edits: message.edits + 1 });
        return { ok: true, ts: message.ts };
      case 'chat.delete':
        if (!message) return { ok: false, error: 'message_not_found' };
        messages.splice(messages.indexOf(message), 1);
        return { ok: true, channel, ts: message.ts };
      case 'chat.postEphemeral':
        replies.push({ ...toReply(args), channel, user: String(args.user), isForAll: false, replaces: false });
        return { ok: true, message_ts: nextTs() };
      case 'chat.startStream':
        if (!args.thread_ts) return { ok: false, error: 'invalid_thread_ts' };
        if (!channel.startsWith('D') && !args.recipient_user_id)
          return { ok: false, error: 'missing_recipient_user_id' };
        if (!channel.startsWith('D') && !args.recipient_team_id)
          return { ok: false, error: 'missing_recipient_team_id' };
        return { ok: true, channel, ts: post(channel, args, true) };
      case 'chat.appendStream':
      case 'chat.stopStream':
        if (!message?.isStreaming) return { ok: false, error: 'message_not_in_streaming_state' };
        if (slackSize(message.shown + String(args.markdown_text ?? '')) > MARKDOWN_LIMIT) {
          return { ok: false, error: 'msg_too_long' };
        }
        message.shown += String(args.markdown_text ?? '');
        if (method === 'chat.stopStream') {
          message.isStreaming = false;
          message.blocks = (args.blocks ?? []) as FakeMessage['blocks'];
        }
        return { ok: true, ts: message.ts };
      case 'conversations.info':
        return {
          ok: true,
          channel: {
            id: channel,
            is_ext_shared: state.externalChannels.has(channel),
            name: state.channelNames.get(channel),
          },
        };
      case 'conversations.open':
        return { ok: true, channel: { id: `D${args.users}` } };
      case 'conversations.replies':
        return readThread(args, [
          ...(state.threads.get(`${channel} ${args.ts}`) ?? []),
          ...answersIn(channel, args.ts),
        ]);
      case 'users.info': {
        const user = String(args.user);
        if (state.unknownUsers.has(user)) return { ok: false, error: 'user_not_found' };
        const isAdmin = state.admins.has(user);
        return {
          ok: true,
          user: { id: user, name: user, is_admin: isAdmin, profile: { display_name: state.names.get(user) ?? user } },
        };
      }
      default:
        return { ok: true };
    }
  }

  function answersIn(channel: string, threadTs: unknown): ThreadMessage[] {
    return messages
      .filter((known) => known.channel === channel && known.threadTs === threadTs)
      .map(({ ts, metadata, shown }) => ({ ts, text: shown, bot_id: BOT, ...(metadata ? { metadata } : {}) }));
  }

  function post(channel: string, args: Arguments, isStreaming: boolean): string {
    const ts = nextTs();
    messages.push({
      channel,
      ts,
      threadTs: (args.thread_ts as string | undefined) ?? null,
      shown: toShown(args),
      blocks: (args.blocks ?? []) as FakeMessage['blocks'],
      isStreaming,
      wasStreamed: isStreaming,
      metadata: args.metadata ?? null,
      edits: 0,
    });
    return ts;
  }

  function reply(id: string, body: string, response: ServerResponse): void {
    const target = responseUrls.get(id);
    const args = JSON.parse(body) as Arguments;
    if (!target || target.uses >= RESPONSE_URL_USES) {
      violations.push('a response_url used more than five times');
      send(response, { ok: false, error: 'used_url' }, 404);
      return;
    }
    target.uses += 1;
    for (const found of findContentViolations(args)) violations.push(`response_url: ${found}`);
    const refusal = options.refuse?.('response_url', args) ?? findRefusal('response_url', args);
    if (refusal) {
      send(response, { ok: false, error: typeof refusal === 'string' ? refusal : 'refused' });
      return;
    }
    if (args.unfurl_links !== false) violations.push('a reply whose links unfurl');
    const { channel, user } = target;
    const isForAll = args.response_type === 'in_channel';
    replies.push({ ...toReply(args), channel, user, isForAll, replaces: args.replace_original === true });
    send(response, { ok: true });
    changed();
  }

  /** Resolves once the condition holds; looked at whenever anything happens here. */
  async function until(condition: () => boolean, timeoutMs = 60_000): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        watchers.delete(look);
        reject(new Error(`this did not happen in time: ${condition}`));
      }, timeoutMs);
      const look = () => {
        if (!condition()) return;
        clearTimeout(timer);
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
    });
  }

  const newResponseUrl = (channel: string, user: string) => {
    const id = randomUUID();
    responseUrls.set(id, { channel, user, uses: 0 });
    return `${origin}/response/${id}`;
  };

  return {
    apiUrl: `${origin}/api`,
    origin,
    messages,
    replies,
    calls,
    violations,
    tokens,
    ...state,
    until,
    deliver: delivery.deliver,
    newResponseUrl,

    callsOf: (method: string) => calls.filter((call) => call.method === method),
    failNext: (method: string, failure: Failure) => void failures.push({ method, failure }),
    isConnected: () => sockets.size > 0,

    ...createSlackEvents({ deliver: delivery.deliver, nextTs, newResponseUrl }),

    /** Ends all sockets, with Slack's own notice or as a network does. */
    dropSockets(how: 'notice' | 'cut'): void {
      for (const socket of sockets) {
        if (how === 'notice') socket.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' }));
        else socket.terminate();
      }
    },

    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.terminate();
      socketServer.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function parseArguments(body: string, contentType: string): Arguments {
  if (contentType.includes('json')) return JSON.parse(body || '{}');
  const fields = Object.fromEntries(new URLSearchParams(body)) as Arguments;
  for (const name of ['blocks', 'view', 'metadata', 'prompts', 'loading_messages']) {
    if (typeof fields[name] === 'string') fields[name] = JSON.parse(fields[name]);
  }
  return fields;
}

function toShown(args: Arguments): string {
  const blocks = (args.blocks ?? []) as FakeMessage['blocks'];
  const markdown = blocks.filter(({ type }) => type === 'markdown').map(({ text }) => String(text));
  return String(args.markdown_text ?? (markdown.length > 0 ? markdown.join('\n') : (args.text ?? '')));
}

/** From its beginning, page by page. */
function readThread({ latest, limit, cursor }: Arguments, all: ThreadMessage[]): object {
  const from = Number(cursor ?? 0);
  const until = Number(latest ?? Number.POSITIVE_INFINITY);
  const found = all.filter(({ ts }) => Number(ts) < until).sort((one, other) => Number(one.ts) - Number(other.ts));
  const page = found.slice(from, from + Number(limit ?? 100));
  const hasMore = from + page.length < found.length;
  return {
    ok: true,
    messages: page,
    has_more: hasMore,
    ...(hasMore && { response_metadata: { next_cursor: String(from + page.length) } }),
  };
}

function toReply(args: Arguments): Pick<PrivateReply, 'shown' | 'blocks'> {
  return { shown: toShown(args), blocks: (args.blocks ?? []) as FakeMessage['blocks'] };
}

function send(response: ServerResponse, body: object, status = 200, retryAfter?: number): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(status === 429 && { 'retry-after': String(retryAfter ?? 1) }),
  });
  response.end(JSON.stringify(body));
}
