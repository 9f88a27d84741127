import type { IncomingMessage, ServerResponse } from 'node:http';
import { findSchemaError } from './discord-request-schemas.ts';
import { toChannelPayload } from './fake-discord-guild.ts';
import { type BucketRule, createBuckets } from './fake-discord-limits.ts';
import {
  type FakeChannel,
  type FakeInteraction,
  type FakeMessage,
  type FakeModal,
  toUser,
  withoutContent,
} from './fake-discord-world.ts';

export interface DiscordState {
  token: string;
  applicationId: string;
  botId: string;
  applicationFlags: number;
  /** Whether the gateway gives message content, where that differs from what the flags say. */
  isSwitchedOn: boolean | null;
  /** With which the gateway turns everybody away. */
  refusal: number | null;
  shards: number;
  commands: object[];
  channels: Map<string, FakeChannel>;
  messages: Map<string, FakeMessage>;
  interactions: Map<string, FakeInteraction>;
  /** Broken rules, in words. */
  violations: string[];
  requests: { method: string; path: string; body: unknown; status: number; at: number }[];
  tokenLifetimeMs: number;
  /** How long an interaction may go without an acknowledgement. */
  ackLimitMs: number;
  postRule: BucketRule;
  editRule: BucketRule;
  historyRule: BucketRule;
  webhookRule: BucketRule;
  /** People who take no direct messages. */
  closedDms: Set<string>;
  /** Statuses with which the next requests are answered instead. */
  nextFailures: { pattern: RegExp; status: number; body?: object; headers?: Record<string, string> }[];
  now(): number;
  createId(): string;
  /** What a server that is not quite Discord says instead: of an event by its name, of a request by method and path. */
  leaveOut(of: string, payload: unknown): unknown;
  isMessageContentAllowed(): boolean;
  gatewayUrl(): string;
  dispatch(t: string, guildId: string | null, toPayload: (intents: number) => unknown): void;
  changed(): void;
}

interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

interface Call {
  method: string;
  params: string[];
  query: URLSearchParams;
  // biome-ignore lint/suspicious/noExplicitAny: what a client sends is checked by schema before it gets here
  body: any;
}

interface Route {
  method: string;
  /** As in Discord's API description. */
  name: string;
  pattern: RegExp;
  handle(call: Call): Reply;
  rule?: BucketRule;
  /** Authenticated by the token in the path. */
  isInteraction?: boolean;
}

const EPHEMERAL = 64;
const error = (status: number, code: number, message: string): Reply => ({ status, body: { code, message } });

/** Plays Discord's REST API: the routes a bot needs, with the rules that Discord enforces on them. */
export function createFakeRest(state: DiscordState) {
  const buckets = createBuckets({ now: state.now });

  const routes: Route[] = [
    route('GET', '/gateway/bot', () => ({ status: 200, body: gatewayInformation() })),
    route('GET', '/applications/@me', () => ({
      status: 200,
      body: { id: state.applicationId, flags: state.applicationFlags, name: 'Parley' },
    })),
    route('GET', '/applications/{application_id}/commands', () => ({ status: 200, body: state.commands })),
    route('PUT', '/applications/{application_id}/commands', ({ body }) => {
      state.commands = body.map((command: object) => ({ ...command, id: state.createId(), version: state.createId() }));
      return { status: 200, body: state.commands };
    }),
    route('POST', '/users/@me/channels', openDm),
    route('POST', '/channels/{channel_id}/typing', () => ({ status: 204 })),
    { ...route('GET', '/channels/{channel_id}/messages', listMessages), rule: state.historyRule },
    { ...route('POST', '/channels/{channel_id}/messages', postMessage), rule: state.postRule },
    { ...route('PATCH', '/channels/{channel_id}/messages/{message_id}', editMessage), rule: state.editRule },
    { ...route('DELETE', '/channels/{channel_id}/messages/{message_id}', deleteMessage), rule: state.editRule },
    route('POST', '/channels/{channel_id}/messages/{message_id}/threads', openThread),
    {
      ...route('POST', '/interactions/{interaction_id}/{interaction_token}/callback', acknowledge),
      isInteraction: true,
    },
    {
      ...route('POST', '/webhooks/{webhook_id}/{webhook_token}', followUp),
      isInteraction: true,
      rule: state.webhookRule,
    },
    {
      ...route('PATCH', '/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}', editByToken),
      isInteraction: true,
      rule: state.webhookRule,
    },
    {
      ...route('DELETE', '/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}', deleteByToken),
      isInteraction: true,
      rule: state.webhookRule,
    },
  ];

  function route(method: string, name: string, handle: (call: Call) => Reply): Route {
    const pattern = new RegExp(`^${name.replaceAll(/\{\w+\}/g, '([^/]+)')}$`);
    return { method, name, pattern, handle };
  }

  function gatewayInformation() {
    const session_start_limit = { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 16 };
    return { url: state.gatewayUrl(), shards: state.shards, session_start_limit };
  }

  function violate(what: string, reply: Reply): Reply {
    state.violations.push(what);
    return reply;
  }

  function checkMessage(body: Record<string, unknown>, { isEdit = false } = {}): Reply | null {
    const content = body.content;
    if (typeof content === 'string' && content.length > 2000) {
      return violate(`content of ${content.length} characters`, error(400, 50035, 'Invalid Form Body'));
    }
    if (!isEdit && (content === undefined || content === ''))
      return violate('an empty message', error(400, 50006, 'Cannot send an empty message'));
    const mentions = body.allowed_mentions as
      | { parse?: unknown[]; users?: unknown[]; roles?: unknown[]; replied_user?: boolean }
      | undefined;
    const pings = [...(mentions?.parse ?? ['']), ...(mentions?.users ?? []), ...(mentions?.roles ?? [])];
    if (pings.length > 0 || mentions?.replied_user) state.violations.push('allowed_mentions is not empty');
    return null;
  }

  function store(message: Partial<FakeMessage> & { channelId: string }, body: Record<string, unknown>): FakeMessage {
    const stored: FakeMessage = {
      id: state.createId(),
      authorId: state.botId,
      content: '',
      components: [],
      flags: 0,
      isEphemeral: false,
      interactionToken: null,
      nonce: null,
      replyTo: null,
      isDeleted: false,
      history: [],
      attachments: [],
      more: {},
      ...message,
    };
    state.messages.set(stored.id, stored);
    applyEdit(stored, body);
    return stored;
  }

  function applyEdit(message: FakeMessage, body: Record<string, unknown>): void {
    if (typeof body.content === 'string') message.content = body.content;
    if (Array.isArray(body.components)) message.components = body.components;
    if (typeof body.flags === 'number') message.flags = body.flags;
    message.history.push({ at: state.now(), content: message.content });
  }

  const toPayload = (message: FakeMessage) => ({
    id: message.id,
    channel_id: message.channelId,
    type: 0,
    content: message.content,
    author: toUser(message.authorId, { isBot: message.authorId === state.botId }),
    timestamp: new Date(state.now()).toISOString(),
    edited_timestamp: null,
    tts: false,
    mention_everyone: false,
    mentions: [],
    mention_roles: [],
    attachments: message.attachments,
    embeds: [],
    pinned: false,
    flags: message.flags,
    components: message.components,
    nonce: message.nonce,
    ...message.more,
  });

  function openDm({ body }: Call): Reply {
    const id = `9${body.recipient_id}`;
    if (state.closedDms.has(String(body.recipient_id))) return error(403, 50007, 'Cannot send messages to this user');
    state.channels.set(id, { id, type: 1, guildId: null, parentId: null, name: '', ownerId: null, isBotIn: true });
    return { status: 200, body: { id, type: 1, recipients: [toUser(String(body.recipient_id))] } };
  }

  function postMessage({ params: [channelId = ''], body }: Call): Reply {
    const channel = state.channels.get(channelId);
    if (!channel) return error(404, 10003, 'Unknown Channel');
    if (!channel.isBotIn) return error(403, 50001, 'Missing Access');
    const wrong = checkMessage(body);
    if (wrong) return wrong;
    const twin = [...state.messages.values()].find(
      (known) => body.enforce_nonce && known.channelId === channelId && known.nonce === body.nonce,
    );
    if (twin) return { status: 200, body: toPayload(twin) };
    const message = store(
      { channelId, nonce: body.nonce ?? null, replyTo: body.message_reference?.message_id ?? null },
      body,
    );
    return { status: 200, body: toPayload(message) };
  }

  /** Newest first; empty without the permission Read Message History, and blank without Message Content. */
  function listMessages({ params: [channelId = ''], query }: Call): Reply {
    const channel = state.channels.get(channelId);
    if (!channel) return error(404, 10003, 'Unknown Channel');
    if (!channel.isBotIn) return error(403, 50001, 'Missing Access');
    const limit = Number(query.get('limit') ?? 50);
    if (!(limit >= 1 && limit <= 100)) return violate(`limit ${limit}`, error(400, 50035, 'Invalid Form Body'));
    const before = BigInt(query.get('before') ?? '9'.repeat(19));
    const listed = [...state.messages.values()].filter(
      (message) =>
        message.channelId === channelId && !message.isDeleted && !message.isEphemeral && BigInt(message.id) < before,
    );
    const page = listed.toSorted((a, b) => (BigInt(a.id) < BigInt(b.id) ? 1 : -1)).slice(0, limit);
    // Threads have the permissions of the channel they are in.
    const isHidden = (state.channels.get(channel.parentId ?? '') ?? channel).hidesHistory === true;
    return { status: 200, body: (isHidden ? [] : page).map(toHistory) };
  }

  function toHistory(message: FakeMessage) {
    const payload = toPayload(message);
    const isMention = message.content.includes(`<@${state.botId}>`);
    const isShown = state.isMessageContentAllowed() || isMention || message.authorId === state.botId;
    const mentions = [...(isMention ? [toUser(state.botId, { isBot: true })] : []), ...payload.mentions];
    return { ...(isShown ? payload : withoutContent(payload)), mentions };
  }

  function findVisible(channelId: string, messageId: string): FakeMessage | null {
    const message = state.messages.get(messageId);
    return message && message.channelId === channelId && !message.isDeleted && !message.isEphemeral ? message : null;
  }

  function editMessage({ params: [channelId = '', messageId = ''], body }: Call): Reply {
    if (!state.channels.get(channelId)?.isBotIn) return error(403, 50001, 'Missing Access');
    const message = findVisible(channelId, messageId);
    if (!message) return error(404, 10008, 'Unknown Message');
    if (message.authorId !== state.botId)
      return violate(
        'edit of a message by somebody else',
        error(403, 50005, 'Cannot edit a message authored by another user'),
      );
    const wrong = checkMessage(body, { isEdit: true });
    if (wrong) return wrong;
    applyEdit(message, body);
    return { status: 200, body: toPayload(message) };
  }

  function deleteMessage({ params: [channelId = '', messageId = ''] }: Call): Reply {
    const message = findVisible(channelId, messageId);
    if (!message) return error(404, 10008, 'Unknown Message');
    message.isDeleted = true;
    return { status: 204 };
  }

  function openThread({ params: [channelId = '', messageId = ''], body }: Call): Reply {
    const parent = state.channels.get(channelId);
    if (!parent?.isBotIn) return error(403, 50001, 'Missing Access');
    if (!findVisible(channelId, messageId)) return error(404, 10008, 'Unknown Message');
    if (parent.type !== 0)
      return violate(
        'a thread in a place that has none',
        error(400, 50024, 'Cannot execute action on this channel type'),
      );
    if (state.channels.has(messageId)) return error(400, 160004, 'A thread has already been created for this message');
    const thread: FakeChannel = {
      id: messageId,
      type: 11,
      guildId: parent.guildId,
      parentId: channelId,
      name: body.name,
      ownerId: state.botId,
      isBotIn: true,
    };
    state.channels.set(thread.id, thread);
    const payload = toChannelPayload(thread);
    state.dispatch('THREAD_CREATE', thread.guildId, () => ({ ...payload, newly_created: true }));
    return { status: 201, body: payload };
  }

  function acknowledge({ params: [, token = ''], body }: Call): Reply {
    const interaction = state.interactions.get(token);
    if (!interaction) return error(404, 10062, 'Unknown interaction');
    const ackMs = state.now() - interaction.createdAt;
    if (ackMs > state.ackLimitMs)
      return violate(`an acknowledgement after ${ackMs} ms`, error(404, 10062, 'Unknown interaction'));
    if (interaction.response !== null)
      return violate('acknowledged twice', error(400, 40060, 'Interaction has already been acknowledged.'));
    const wrong = body.type === 4 ? checkMessage(body.data) : null;
    if (wrong) return wrong;
    interaction.response = body.type;
    interaction.ackMs = ackMs;
    interaction.isEphemeral = ((body.data?.flags ?? 0) & EPHEMERAL) !== 0;
    if (body.type === 4 || body.type === 5) {
      const { channelId, isEphemeral } = interaction;
      interaction.originalId = store(
        { channelId, isEphemeral, interactionToken: token },
        body.type === 4 ? body.data : {},
      ).id;
    }
    if (body.type === 6 || body.type === 7) interaction.originalId = interaction.sourceId;
    if (body.type === 8) {
      interaction.choices = body.data.choices;
      if (interaction.choices.length > 25) state.violations.push('more than 25 choices');
    }
    if (body.type === 9) interaction.modal = body.data as FakeModal;
    return { status: 204 };
  }

  function findByToken(token: string): FakeInteraction | Reply {
    const interaction = state.interactions.get(token);
    if (!interaction || interaction.response === null) return error(404, 10015, 'Unknown Webhook');
    if (state.now() - interaction.createdAt >= state.tokenLifetimeMs) {
      return violate('a request with a dead token', error(401, 50027, 'Invalid Webhook Token'));
    }
    return interaction;
  }

  function followUp({ params: [, token = ''], body }: Call): Reply {
    const found = findByToken(token);
    if ('status' in found) return found;
    const wrong = checkMessage(body);
    if (wrong) return wrong;
    const isEphemeral = (body.flags & EPHEMERAL) !== 0;
    return {
      status: 200,
      body: toPayload(store({ channelId: found.channelId, isEphemeral, interactionToken: token }, body)),
    };
  }

  function findOfToken(token: string, id: string): FakeMessage | Reply {
    const found = findByToken(token);
    if ('status' in found) return found;
    const message = state.messages.get((decodeURIComponent(id) === '@original' ? found.originalId : id) ?? '');
    const isItsOwn = message?.interactionToken === token || message?.id === found.originalId;
    return message && isItsOwn && !message.isDeleted ? message : error(404, 10008, 'Unknown Message');
  }

  function editByToken({ params: [, token = '', id = ''], body }: Call): Reply {
    const message = findOfToken(token, id);
    if ('status' in message) return message;
    const wrong = checkMessage(body, { isEdit: true });
    if (wrong) return wrong;
    applyEdit(message, body);
    return { status: 200, body: toPayload(message) };
  }

  function deleteByToken({ params: [, token = '', id = ''] }: Call): Reply {
    const message = findOfToken(token, id);
    if ('status' in message) return message;
    message.isDeleted = true;
    return { status: 204 };
  }

  function answer(request: {
    method: string;
    path: string;
    query: URLSearchParams;
    authorization: string | undefined;
    body: unknown;
  }): Reply {
    const { method, path, query, body } = request;
    const failure = state.nextFailures.findIndex(({ pattern }) => pattern.test(`${method} ${path}`));
    if (failure >= 0) {
      const [{ status, body: failed, headers } = { status: 500, body: undefined, headers: undefined }] =
        state.nextFailures.splice(failure, 1);
      return { status, body: failed ?? { message: 'failed', code: 0 }, headers };
    }
    const found = routes.find((known) => known.method === method && known.pattern.test(path));
    if (!found) return violate(`no such route: ${method} ${path}`, error(404, 0, '404: Not Found'));
    if (!found.isInteraction && request.authorization !== `Bot ${state.token}`)
      return error(401, 0, '401: Unauthorized');
    const params = found.pattern.exec(path)?.slice(1) ?? [];
    const wrong = findSchemaError(method, found.name, body);
    if (wrong) return violate(wrong, error(400, 50035, 'Invalid Form Body'));

    const major = found.isInteraction ? params.slice(0, 2) : params.slice(0, 1);
    const verdict = found.rule ? buckets.take([method, found.name, ...major].join(' '), found.rule) : null;
    if (verdict?.isLimited) {
      const headers = {
        ...verdict.headers,
        'retry-after': String(Math.ceil(verdict.retryAfterSeconds)),
        'x-ratelimit-scope': 'user',
      };
      return violate(`over the limit: ${method} ${found.name}`, {
        status: 429,
        body: { message: 'You are being rate limited.', retry_after: verdict.retryAfterSeconds, global: false },
        headers,
      });
    }
    const reply = found.handle({ method, params, query, body });
    return { ...reply, headers: { ...reply.headers, ...verdict?.headers } };
  }

  return {
    toPayload,
    store,
    async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
      let text = '';
      for await (const chunk of request) text += chunk;
      const url = new URL(request.url ?? '/', 'http://discord');
      const path = url.pathname.replace(/^\/api(\/v10)?/, '').replaceAll('%40', '@');
      const method = request.method ?? 'GET';
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      const reply = answer({
        method,
        path,
        query: url.searchParams,
        authorization: request.headers.authorization,
        body,
      });
      state.requests.push({ method, path, body, status: reply.status, at: state.now() });
      // Discord sends 204 without a content type; with one, clients would try to read a body.
      const shown = reply.body === undefined ? undefined : state.leaveOut(`${method} ${path}`, reply.body);
      const isEmpty = shown === undefined;
      response.writeHead(reply.status, {
        ...reply.headers,
        ...(isEmpty ? {} : { 'content-type': 'application/json' }),
      });
      response.end(isEmpty ? undefined : JSON.stringify(shown));
      state.changed();
    },
  };
}
