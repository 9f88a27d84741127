import tmi from 'tmi.js';
import type { Logger } from '../../core/ports/logger.ts';
import { type ChatLine, toChatLine, toId, toLogin } from './chat-line.ts';
import { keepToOneSocket } from './one-socket.ts';
import { takeReconnectRequests } from './reconnect-requests.ts';
import type { SendResult } from './twitch-api.ts';

export interface IrcHandlers {
  onLine(line: ChatLine): void;
  onDeleted(messageId: string): void;
  onBanned(ban: { channel: string; userId: string; isForGood: boolean }): void;
  onConnected(): void;
  /** It reconnects by itself, unless the token was refused. */
  onDisconnected(why: { isRefused: boolean }): void;
}

/** For whoever opens another connection before this one ends. */
interface OverlapHandlers {
  onJoined?(channel: string): void;
  onReconnectRequest?(): void;
}

export interface IrcConnectionOptions extends IrcHandlers, OverlapHandlers {
  url: string;
  username: string;
  findToken(): Promise<string>;
  logger: Logger;
  reconnectMs?: number;
  joinPaceMs?: number;
  loginMs?: number;
  longestOverlapMs?: number;
}

interface IrcMessage {
  channel: string;
  text: string;
  replyTo: string | null;
}

/** What tmi.js hands out of a line from the server, before it has changed the tags. */
interface RawMessage {
  prefix: string | null;
  command: string;
  params: string[];
  tags: Record<string, string | true>;
}

/** Twitch allows 20 joins in 10 seconds: https://dev.twitch.tv/docs/chat/#rate-limits */
const JOIN_PACE_MS = 600;
const RECONNECT_MS = 1000;
const LONGEST_RECONNECT_MS = 30_000;
/** A server that does not welcome us by then never will; tmi.js would wait for it forever. */
const LOGIN_MS = 20_000;
/** The server says what became of a message at once, or never. */
const CONFIRM_MS = 5000;
/** How long one that confirms nothing has for a notice against a message. */
const OBJECT_MS = 500;
const REFUSED = /login (?:authentication failed|unsuccessful)|improperly formatted auth|error logging in|invalid nick/i;
/** Notices that are not about a message of ours. */
const OTHER_NOTICES = /^(?:slow|subs|emote_only|followers|r9k|host|unhost|cmds|no_help|usage)/;

export type IrcConnection = ReturnType<typeof createIrcConnection>;

/** Reads the channels' chat, and writes to it. Stays connected; joins the channels again after a drop. */
export function createIrcConnection(options: IrcConnectionOptions) {
  const { username, logger, joinPaceMs = JOIN_PACE_MS } = options;
  const url = new URL(options.url);
  const client = new tmi.Client({
    options: { skipUpdatingEmotesets: true, skipMembership: true },
    connection: {
      ...toAddress(url),
      secure: url.protocol === 'wss:',
      reconnect: true,
      reconnectInterval: options.reconnectMs ?? RECONNECT_MS,
      maxReconnectInterval: LONGEST_RECONNECT_MS,
    },
    identity: { username, password: options.findToken },
    channels: [],
    // It would log what people write.
    logger: { info() {}, warn() {}, error() {} },
  });
  keepToOneSocket(client);
  takeReconnectRequests(client, () => options.onReconnectRequest?.());
  let wanted = new Set<string>();
  let joining: NodeJS.Timeout | null = null;
  let isStopped = false;
  /** As the server says; the library knows only of those whose state it was told. */
  const joined = new Set<string>();
  /** Of this connection; our state there is told in channels, too, that it has only written to. */
  const askedToJoin = new Set<string>();
  const moderated = new Set<string>();
  /** By channel; known while the bot is in it. */
  const roomIds = new Map<string, string>();
  /** Whether the server tells our state in a channel at all, and so after each message of ours. */
  let tellsState = false;
  /** An open socket is not enough: what is written before the welcome is lost without a word. */
  let isWelcome = false;
  const confirmations = new Map<string, (result: SendResult) => void>();

  let login: NodeJS.Timeout | undefined;
  client.on('connecting', () => {
    isWelcome = false;
    if (isStopped) client.disconnect().catch(() => {});
    clearTimeout(login);
    login = setTimeout(closeSocket, options.loginMs ?? LOGIN_MS);
  });
  client.on('connected', () => {
    clearTimeout(login);
    isWelcome = true;
    // tmi.js would join again at a pace of its own.
    client.getOptions().channels = [];
    client.getChannels().splice(0);
    joined.clear();
    askedToJoin.clear();
    moderated.clear();
    roomIds.clear();
    tellsState = false;
    options.onConnected();
    joinNext();
  });
  client.on('disconnected', (reason) => {
    clearTimeout(login);
    isWelcome = false;
    moderated.clear();
    for (const confirm of [...confirmations.values()]) confirm({ kind: 'unknown' });
    if (!isStopped) options.onDisconnected({ isRefused: REFUSED.test(reason ?? '') });
  });
  client.on('message', (channel, tags, text, isSelf) => {
    if (!isSelf) handleLine(channel, tags, text);
  });
  client.on('cheer', handleLine);
  client.on('messagedeleted', (_channel, _login, _text, tags) => {
    const messageId = toId(tags['target-msg-id']);
    if (messageId) options.onDeleted(messageId);
  });
  client.on('ban', (channel, _login, _reason, tags) => handleBan(channel, tags, true));
  client.on('timeout', (channel, _login, _reason, _seconds, tags) => handleBan(channel, tags, false));
  client.on('roomstate', (channel, tags) => {
    const roomId = toId((tags as Record<string, unknown>)['room-id']);
    if (roomId) roomIds.set(toLogin(channel), roomId);
  });
  client.on('part', (channel, _login, isSelf) => {
    if (isSelf) roomIds.delete(toLogin(channel));
  });
  client.on('raw_message', (message) => handleRaw(message as unknown as RawMessage));

  /** As when the server hangs up: tmi.js reconnects, which it does not when it is told to disconnect. */
  function closeSocket(): void {
    (client as unknown as { ws: WebSocket | null }).ws?.close();
  }

  function handleLine(channel: string, tags: tmi.ChatUserstate, text: string): void {
    const line = toChatLine(channel, tags, {
      text,
      knownRoomId: roomIds.get(toLogin(channel)) ?? '',
      botLogin: username,
    });
    if (line) options.onLine(line);
  }

  function handleBan(channel: string, tags: object, isForGood: boolean): void {
    const userId = toId((tags as Record<string, unknown>)['target-user-id']);
    if (userId) options.onBanned({ channel: toLogin(channel), userId, isForGood });
  }

  /** What the server says of our own messages: each is followed by our state in that channel, or by a notice. */
  function handleRaw({ prefix, command, params, tags }: RawMessage): void {
    const channel = toLogin(params[0] ?? '');
    const isOurs = prefix?.split('!')[0] === username;
    const isJoined = (command === 'USERSTATE' && askedToJoin.has(channel)) || (command === 'JOIN' && isOurs);
    if (isJoined && !joined.has(channel)) {
      joined.add(channel);
      options.onJoined?.(channel);
    }
    if (command === 'PART' && isOurs) joined.delete(channel);
    if (command === 'USERSTATE') {
      tellsState = true;
      const isModerator =
        tags.mod === '1' || /(?:^|,)(?:broadcaster|moderator|lead_moderator)\//.test(`${tags.badges}`);
      if (isModerator) moderated.add(channel);
      else moderated.delete(channel);
      confirmations.get(channel)?.({ kind: 'sent' });
    }
    const notice = command === 'NOTICE' && typeof tags['msg-id'] === 'string' ? tags['msg-id'] : null;
    if (notice && !OTHER_NOTICES.test(notice)) {
      confirmations.get(channel)?.(notice === 'msg_ratelimit' ? BUSY : { kind: 'dropped', code: notice });
    }
  }

  /** One at a time, at the pace that Twitch allows. */
  function joinNext(): void {
    if (joining || isStopped || client.readyState() !== 'OPEN') return;
    const toLeave = [...joined].find((channel) => !wanted.has(channel));
    const toJoin = [...wanted].find((channel) => !joined.has(channel) && !tried.has(channel));
    const channel = toLeave ?? toJoin;
    if (channel === undefined) return;
    tried.add(channel);
    if (toJoin === channel) askedToJoin.add(channel);
    else askedToJoin.delete(channel);
    // It rejects when Twitch is slow, too: what counts is the list of channels, which is looked at again.
    (toLeave ? client.part(channel) : client.join(channel)).catch((reason) =>
      logger.debug({ channel, reason: String(reason) }, 'a channel was not joined or left at once'),
    );
    joining = setTimeout(() => {
      joining = null;
      joinNext();
    }, joinPaceMs);
  }
  const tried = new Set<string>();
  const underway = new Set<Promise<SendResult>>();

  async function send({ channel, text, replyTo }: IrcMessage): Promise<SendResult> {
    if (!isWelcome || client.readyState() !== 'OPEN') return { kind: 'unsent' };
    // Before that the server says nothing of our messages there: they would count as shown, and may be lost.
    if (wanted.has(channel) && !joined.has(channel)) return { kind: 'unsent' };
    const confirmed = new Promise<SendResult>((resolve) => confirmations.set(channel, resolve));
    // From a server that never says so, no word against it is all there will be.
    const silence: SendResult = { kind: tellsState ? 'unknown' : 'sent' };
    // Once more around the event loop: after a process was held up, the word may be there and not read yet.
    const giveUp = () => setImmediate(() => confirmations.get(channel)?.(silence));
    const timer = setTimeout(giveUp, tellsState ? CONFIRM_MS : OBJECT_MS);
    try {
      const tags = replyTo === null ? '' : `@reply-parent-msg-id=${replyTo} `;
      await client.raw(`${tags}PRIVMSG #${channel} :${text}`);
      return await confirmed;
    } catch {
      return { kind: 'unsent' };
    } finally {
      clearTimeout(timer);
      confirmations.delete(channel);
    }
  }

  return {
    /** @returns whether the token was accepted; when there is no connection at all, it goes on trying by itself */
    async connect(): Promise<'connected' | 'refused' | 'unreachable'> {
      try {
        await client.connect();
        return 'connected';
      } catch (reason) {
        return REFUSED.test(String(reason)) ? 'refused' : 'unreachable';
      }
    },

    /** Joins and leaves until it is in just these. Asked again, it tries those again that it could not join. */
    setChannels(channels: Iterable<string>): void {
      wanted = new Set(channels);
      tried.clear();
      joinNext();
    },

    channels: (): string[] => [...joined],
    isWelcome: () => isWelcome && client.readyState() === 'OPEN',
    isModerator: (channel: string) => moderated.has(channel),
    forgetModerator: (channel: string) => void moderated.delete(channel),
    isInRoom: (roomId: string) => [...roomIds.values()].includes(roomId),

    /** Sends one line, one at a time in a channel, and waits for what the server says of it. */
    send(message: IrcMessage): Promise<SendResult> {
      const sent = send(message);
      underway.add(sent);
      return sent.finally(() => underway.delete(sent));
    },

    /** Resolves when the server has said what became of the messages that are on their way. */
    async drain(): Promise<void> {
      await Promise.allSettled(underway);
    },

    async stop(): Promise<void> {
      isStopped = true;
      if (joining) clearTimeout(joining);
      clearTimeout(login);
      for (const confirm of [...confirmations.values()]) confirm({ kind: 'unknown' });
      // It refuses when there is nothing to disconnect.
      await client.disconnect().catch(() => {});
    },
  };
}

const BUSY: SendResult = { kind: 'busy', retryAfterMs: 30_000 };

/** tmi.js knows neither paths nor ports for TLS: what it appends to the name of the server becomes a query that says nothing. */
function toAddress({ protocol, hostname, host, port, pathname, search }: URL): { server: string; port: number } {
  const isSecure = protocol === 'wss:';
  const isPlain = pathname === '/' && search === '' && (!isSecure || port === '');
  const server = isPlain ? hostname : `${host}${pathname}${search === '' ? '?' : `${search}&`}`;
  return { server, port: Number(port) || (isSecure ? 443 : 80) };
}
