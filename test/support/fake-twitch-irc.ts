import type { Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import type { FakeChat, ShownMessage } from './fake-twitch-chat.ts';

export interface FakeIrcOptions {
  chat: FakeChat;
  bot: { login: string; userId: string };
  /** Whether a token may read chat; told with each login. */
  acceptsLogin(token: string, login: string): boolean;
  mayWrite(): boolean;
  path: string;
  /** Whether USERSTATE follows joins and messages. */
  tellsState: boolean;
  onChange(): void;
}

interface Connection {
  socket: WebSocket;
  token: string;
  isIn: boolean;
  joined: Set<string>;
}

const MOST_JOINS = 20;
const JOIN_WINDOW_MS = 10_000;

/** Twitch's chat server: IRC over WebSocket, as much of it as a bot needs. */
export function createFakeIrc(server: Server, options: FakeIrcOptions) {
  const { chat, bot } = options;
  const connections = new Set<Connection>();
  const logins: string[] = [];
  const joins: number[] = [];
  let swallowNext = 0;
  let unansweredLogins = 0;
  // The ws package echoes the first subprotocol that the client offers, as Twitch does with `irc`.
  const sockets = new WebSocketServer({ server, ...(options.path !== '/' && { path: options.path }) });

  sockets.on('connection', (socket) => {
    const connection: Connection = { socket, token: '', isIn: false, joined: new Set() };
    connections.add(connection);
    socket.on('close', () => connections.delete(connection));
    socket.on('message', (data) => {
      for (const line of data.toString().split(/\r\n|\n|\r/)) if (line !== '') handle(connection, line);
      options.onChange();
    });
  });

  function handle(connection: Connection, line: string) {
    const [, tags = '', command = '', rest = ''] = line.match(/^(?:@(\S+) )?(\S+) ?(.*)$/s) ?? [];
    switch (command) {
      case 'CAP':
        return send(connection, ':tmi.twitch.tv CAP * ACK :twitch.tv/tags twitch.tv/commands');
      case 'PASS':
        connection.token = rest.replace('oauth:', '');
        return;
      case 'NICK':
        return login(connection, rest);
      case 'PING':
        return send(connection, ':tmi.twitch.tv PONG tmi.twitch.tv');
      case 'PONG':
        return;
      case 'JOIN':
        return join(connection, rest.slice(1));
      case 'PART':
        connection.joined.delete(rest.slice(1));
        return send(connection, `${prefix} PART ${rest}`);
      case 'PRIVMSG':
        return post(connection, tags, rest);
      default:
        chat.violations.push(`an unexpected line: ${command}`);
    }
  }

  const prefix = `:${bot.login}!${bot.login}@${bot.login}.tmi.twitch.tv`;

  function login(connection: Connection, nick: string): void {
    logins.push(connection.token);
    if (unansweredLogins-- > 0) return;
    if (!options.acceptsLogin(connection.token, nick)) {
      send(connection, ':tmi.twitch.tv NOTICE * :Login authentication failed');
      return;
    }
    connection.isIn = true;
    send(
      connection,
      `:tmi.twitch.tv 001 ${nick} :Welcome, GLHF!\r\n:tmi.twitch.tv 376 ${nick} :>\r\n@user-id=${bot.userId} :tmi.twitch.tv GLOBALUSERSTATE`,
    );
  }

  function join(connection: Connection, login: string): void {
    const now = Date.now();
    joins.push(now);
    if (joins.filter((at) => now - at < JOIN_WINDOW_MS).length > MOST_JOINS) chat.violations.push('too many joins');
    const channel = chat.channels.get(login);
    if (!connection.isIn || !channel) return;
    connection.joined.add(login);
    send(connection, `${prefix} JOIN #${login}`);
    if (options.tellsState) send(connection, userState(login));
    send(connection, `@room-id=${channel.roomId};slow=0 :tmi.twitch.tv ROOMSTATE #${login}`);
  }

  function userState(login: string, id = ''): string {
    const isModerator = chat.channels.get(login)?.isBotModerator;
    const badges = isModerator ? 'moderator/1' : '';
    const tags = `badges=${badges};display-name=${bot.login};mod=${isModerator ? 1 : 0}${id === '' ? '' : `;id=${id}`}`;
    return `@${tags} :tmi.twitch.tv USERSTATE #${login}`;
  }

  function post(connection: Connection, tags: string, rest: string): void {
    const [, login = '', text = ''] = rest.match(/^#(\S+) :(.*)$/s) ?? [];
    const replyTo = tags.match(/reply-parent-msg-id=([^;]+)/)?.[1] ?? null;
    // Twitch loses it without a word.
    if (!connection.isIn) chat.violations.push('a message before the welcome');
    if (!connection.isIn || !options.mayWrite()) return;
    // Nothing is told of it where one has not joined.
    if (!connection.joined.has(login)) {
      chat.violations.push('a message to a channel before it was joined');
      return;
    }
    if (swallowNext > 0) {
      swallowNext -= 1;
      return;
    }
    const result = chat.post({ channel: login, text, replyTo, via: 'irc', hasBadge: false });
    if (result.isSent) {
      if (options.tellsState) send(connection, userState(login, result.message.id));
      show(result.message, connection);
    } else send(connection, `@msg-id=${result.code} :tmi.twitch.tv NOTICE #${login} :It was not shown.`);
  }

  function show(message: ShownMessage, except: Connection | null): void {
    const tags = `id=${message.id};user-id=${bot.userId};room-id=${chat.channels.get(message.channel)?.roomId};display-name=${bot.login};badges=;mod=0`;
    broadcast(message.channel, `@${tags} ${prefix} PRIVMSG #${message.channel} :${message.text}`, except);
  }

  function broadcast(login: string, line: string, except: Connection | null = null): void {
    for (const connection of connections) {
      if (connection !== except && connection.joined.has(login)) send(connection, line);
    }
  }

  function send({ socket }: Connection, line: string): void {
    socket.send(`${line}\r\n`);
  }

  return {
    logins,
    broadcast,
    show,
    /** Which channels somebody reads. */
    joined: () => new Set([...connections].flatMap((connection) => [...connection.joined])),
    countConnections: () => connections.size,
    drop: () => {
      for (const { socket } of connections) socket.terminate();
    },
    /** Those that there are; Twitch closes them some time later, as the function given back does. */
    askToReconnect: () => {
      const asked = [...connections];
      for (const connection of asked) send(connection, ':tmi.twitch.tv RECONNECT');
      return () => {
        for (const { socket } of asked) socket.terminate();
      };
    },
    /** So many logins get no answer at all. */
    ignoreLogins: (count: number) => {
      unansweredLogins = count;
    },
    /** So many messages that come by IRC get lost without a word. */
    swallow: (messages: number) => {
      swallowNext = messages;
    },
    async close(): Promise<void> {
      for (const { socket } of connections) socket.terminate();
      await new Promise((resolve) => sockets.close(resolve));
    },
  };
}
