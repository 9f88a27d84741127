import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { createFakeChat } from './fake-twitch-chat.ts';
import { createFakeIrc } from './fake-twitch-irc.ts';

export interface FakePerson {
  login: string;
  userId: string;
}

export interface SaidOptions {
  by?: FakePerson;
  /** As `moderator/1,subscriber/6`. */
  badges?: string;
  id?: string;
  /** The same message, where it was written in a shared chat. */
  source?: { id: string; roomId: string };
  /** The message that it replies to, as people's clients do: its author's name comes first. */
  replyTo?: { id: string; by: FakePerson; text: string; displayName?: string; threadBy?: FakePerson };
}

export interface FakeTwitchOptions {
  /** Twitch's 30 seconds, shorter. */
  windowMs?: number;
  scopes?: string[];
  /** What a server that is not quite Twitch leaves out. */
  without?: { tags?: true; userState?: true; api?: true; inValidation?: string[] };
  /** Below which the chat server is. */
  ircPath?: string;
}

const bot = { login: 'parley', userId: '1000' };
const client = { id: 'client-id', secret: 'client-secret' };
const ALL_SCOPES = ['chat:read', 'chat:edit', 'user:bot', 'user:write:chat'];

/**
 * A stand-in for Twitch on loopback: chat over IRC, Send Chat Message, tokens. It holds the bot to Twitch's rules and
 * keeps count of those it breaks.
 */
export async function createFakeTwitch(options: FakeTwitchOptions = {}) {
  const { windowMs = 30_000, scopes = ALL_SCOPES, without = {}, ircPath = '/' } = options;
  const chat = createFakeChat({ windowMs });
  const userTokens = new Set(['firsttoken']);
  const refreshTokens = new Set(['first-refresh']);
  const appTokens = new Set<string>();
  const validated: string[] = [];
  const apiFailures: (number | 'cut' | 'shown_but_cut')[] = [];
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const watcher of [...watchers]) watcher();
  };
  let people = 0;

  const server = createServer((request, response) => {
    void answer(request, response).finally(changed);
  });
  const irc = createFakeIrc(server, {
    chat,
    bot,
    acceptsLogin: (token, login) => userTokens.has(token) && login === bot.login && scopes.includes('chat:read'),
    mayWrite: () => scopes.includes('chat:edit'),
    path: ircPath,
    tellsState: !without.userState,
    onChange: changed,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readText(request);
    switch (`${request.method} ${request.url}`) {
      case 'GET /oauth2/validate':
        return validate(request, response);
      case 'POST /oauth2/token':
        return giveToken(new URLSearchParams(body), response);
      case `POST /helix/${without.api ? 'elsewhere' : 'chat/messages'}`:
        return sendMessage(request, body, response);
      default:
        return reply(response, 404, { status: 404, message: 'not found' });
    }
  }

  function validate(request: IncomingMessage, response: ServerResponse) {
    const token = request.headers.authorization?.match(/^OAuth (.+)$/)?.[1] ?? '';
    validated.push(token);
    if (!userTokens.has(token)) return reply(response, 401, { status: 401, message: 'invalid access token' });
    const told = { client_id: client.id, login: bot.login, user_id: bot.userId, scopes, expires_in: 14_000 };
    reply(
      response,
      200,
      Object.fromEntries(Object.entries(told).filter(([key]) => !without.inValidation?.includes(key))),
    );
  }

  function giveToken(form: URLSearchParams, response: ServerResponse) {
    const isClient = form.get('client_id') === client.id && form.get('client_secret') === client.secret;
    if (!isClient) return reply(response, 403, { status: 403, message: 'invalid client secret' });
    if (form.get('grant_type') === 'client_credentials') {
      const token = `app${randomUUID().replaceAll('-', '')}`;
      appTokens.add(token);
      return reply(response, 200, { access_token: token, expires_in: 5_000_000, token_type: 'bearer' });
    }
    // Good for one use only, as those of public clients are.
    if (!refreshTokens.delete(form.get('refresh_token') ?? '')) {
      return reply(response, 400, { status: 400, message: 'Invalid refresh token' });
    }
    const tokens = { access_token: `user${randomUUID().replaceAll('-', '')}`, refresh_token: randomUUID() };
    userTokens.add(tokens.access_token);
    refreshTokens.add(tokens.refresh_token);
    reply(response, 200, { ...tokens, expires_in: 14_000, scope: scopes, token_type: 'bearer' });
  }

  function sendMessage(request: IncomingMessage, body: string, response: ServerResponse) {
    const token = request.headers.authorization?.match(/^Bearer (.+)$/)?.[1] ?? '';
    const failure = apiFailures.shift();
    if (failure === 'cut') return void response.destroy();
    if (typeof failure === 'number') return reply(response, failure, { status: failure, message: 'as the test wants' });
    const isApp = appTokens.has(token);
    if ((!isApp && !userTokens.has(token)) || request.headers['client-id'] !== client.id) {
      return reply(response, 401, { status: 401, message: 'Invalid OAuth token' });
    }
    const { broadcaster_id, sender_id, message, reply_parent_message_id = null } = JSON.parse(body);
    const channel = [...chat.channels.values()].find(({ roomId }) => roomId === broadcaster_id);
    if (!channel || sender_id !== bot.userId) {
      chat.violations.push('a message from or to an unknown id');
      return reply(response, 400, { status: 400, message: 'The ID is not valid.' });
    }
    const mayBot = scopes.includes('user:bot') && (channel.allowsBot || channel.isBotModerator);
    if (isApp && !mayBot) return reply(response, 403, { status: 403, message: 'The sender is not permitted.' });
    if (reply_parent_message_id !== null && !channel.messageIds.has(reply_parent_message_id)) {
      return reply(response, 400, { status: 400, message: 'Message cannot be replied to.' });
    }
    const result = chat.post({
      channel: channel.login,
      text: message,
      replyTo: reply_parent_message_id,
      via: 'api',
      hasBadge: isApp,
    });
    if (result.isSent) irc.show(result.message, null);
    if (failure === 'shown_but_cut') return void response.destroy();
    reply(response, 200, {
      data: [
        result.isSent
          ? { message_id: result.message.id, is_sent: true }
          : { message_id: '', is_sent: false, drop_reason: { code: result.code, message: 'It was not shown.' } },
      ],
    });
  }

  return {
    chat,
    irc,
    violations: chat.violations,
    executed: chat.executed,
    validated,
    addChannel: chat.addChannel,
    settings: {
      username: bot.login,
      accessToken: 'firsttoken',
      refreshToken: 'first-refresh',
      channels: ['ada'],
      clientId: client.id,
      clientSecret: client.secret,
      ircUrl: `ws://127.0.0.1:${port}${ircPath === '/' ? '' : ircPath}`,
      apiUrl: `http://127.0.0.1:${port}/helix`,
      authUrl: `http://127.0.0.1:${port}/oauth2`,
    },
    windowMs,

    addPerson(login = `viewer${people + 1}`): FakePerson {
      people += 1;
      return { login, userId: String(2000 + people) };
    },

    /** Somebody writes in a channel. The same id again is the same message, delivered again. */
    say(
      channel: string,
      text: string,
      { by = viewer, badges = '', id = randomUUID(), source, replyTo }: SaidOptions = {},
    ) {
      const { roomId, messageIds } = chat.channels.get(channel)!;
      messageIds.add(id);
      const tags = {
        badges,
        'display-name': by.login,
        id,
        mod: badges.includes('moderator') ? '1' : '0',
        'room-id': roomId,
        'user-id': by.userId,
        ...(source && { 'source-id': source.id, 'source-room-id': source.roomId }),
        ...(replyTo && toReplyTags(replyTo)),
      };
      const written = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
      const from = `${by.login}!${by.login}@${by.login}.tmi.twitch.tv`;
      irc.broadcast(
        channel,
        `${without.tags ? '' : `@${written.join(';')} `}:${from} PRIVMSG #${channel} :${replyTo ? `@${replyTo.displayName ?? replyTo.by.login} ` : ''}${text}`,
      );
      return { id, by, text };
    },

    deleteMessage(channel: string, { id, by }: { id: string; by: FakePerson }): void {
      chat.channels.get(channel)?.messageIds.delete(id);
      irc.broadcast(channel, `@login=${by.login};target-msg-id=${id} :tmi.twitch.tv CLEARMSG #${channel} :…`);
    },

    ban(channel: string, person: FakePerson, { seconds }: { seconds?: number } = {}): void {
      const duration = seconds === undefined ? '' : `ban-duration=${seconds};`;
      irc.broadcast(
        channel,
        `@${duration}target-user-id=${person.userId} :tmi.twitch.tv CLEARCHAT #${channel} :${person.login}`,
      );
    },

    /** The next requests to send a message go wrong in these ways. */
    failApi: (...failures: typeof apiFailures) => void apiFailures.push(...failures),
    clearFailures: () => void apiFailures.splice(0),
    expireTokens: () => {
      userTokens.clear();
      appTokens.clear();
    },
    revoke: () => {
      userTokens.clear();
      refreshTokens.clear();
    },

    /** What the bot has said, in one channel or in all. */
    said: (channel?: string) => chat.shown.filter((message) => channel === undefined || message.channel === channel),
    answersTo: ({ id }: { id: string }) => chat.shown.filter(({ replyTo }) => replyTo === id),

    /** Resolves with what `find` gives as soon as that is something. */
    until<Found>(find: () => Found, timeoutMs = 60_000): Promise<NonNullable<Found>> {
      const stack = new Error('This did not happen in time');
      return new Promise((resolve, reject) => {
        const look = () => {
          const found = find();
          if (!found) return;
          stop();
          resolve(found as NonNullable<Found>);
        };
        const stop = () => {
          watchers.delete(look);
          clearInterval(poll);
          clearTimeout(timer);
        };
        // What happens in the bot alone is seen by looking again.
        const poll = setInterval(look, 20);
        const timer = setTimeout(() => {
          stop();
          reject(stack);
        }, timeoutMs);
        watchers.add(look);
        look();
      });
    },

    async [Symbol.asyncDispose]() {
      await irc.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function toReplyTags({ id, by, text, displayName, threadBy = by }: NonNullable<SaidOptions['replyTo']>) {
  return {
    'reply-parent-msg-id': id,
    'reply-parent-user-id': by.userId,
    'reply-parent-user-login': by.login,
    'reply-parent-display-name': displayName ?? by.login,
    'reply-parent-msg-body': text.replace(/[\\; \r\n]/g, (one) => ESCAPED[one] ?? one),
    'reply-thread-parent-user-id': threadBy.userId,
  };
}

/** How tags are written: https://ircv3.net/specs/extensions/message-tags */
const ESCAPED: Record<string, string> = { '\\': '\\\\', ';': '\\:', ' ': '\\s', '\r': '\\r', '\n': '\\n' };

const viewer: FakePerson = { login: 'grace', userId: '1999' };

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
