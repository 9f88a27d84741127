import { setTimeout as sleep } from 'node:timers/promises';
import { createIrcConnection, type IrcConnection, type IrcConnectionOptions } from './irc-connection.ts';

/** The server closes a connection some time after it has asked for another one; then there is no use in waiting. */
const LONGEST_OVERLAP_MS = 60_000;
/**
 * For how long the last connection is read after the next one has joined: what was said before that is still on its way
 * over the last one, and nobody orders two connections.
 */
const LINGER_MS = 1000;

/**
 * One connection to the chat for whoever uses it, though the server asks for another one now and then: that is opened,
 * and has joined the channels, before the one there is gets closed. Both are read meanwhile, and each message counts
 * once by its id.
 */
export function createLastingConnection(options: IrcConnectionOptions): IrcConnection {
  let wanted: string[] = [];
  let next: IrcConnection | null = null;
  let overlap: NodeJS.Timeout | undefined;
  const closing = new Set<Promise<void>>();
  const stopping = new AbortController();
  let current = open();

  function open(): IrcConnection {
    const connection: IrcConnection = createIrcConnection({
      ...options,
      // Without an id nobody could tell that the other connection has brought it as well.
      onLine: (line) => {
        if (connection === current || line.messageId !== '') options.onLine(line);
      },
      onConnected: () => (connection === current ? options.onConnected() : connection.setChannels(wanted)),
      onJoined: () => {
        if (connection === next && hasJoinedAll(connection)) takeOver(LINGER_MS);
      },
      onDisconnected: ({ isRefused }) => {
        if (connection === current && next !== null) return takeOver(0);
        if (connection === current) return options.onDisconnected({ isRefused });
        if (connection === next && isRefused) giveUpNext();
        // One that was only read on does not come back.
        if (connection !== current && connection !== next) void connection.stop();
      },
      onReconnectRequest: () => {
        if (connection === current) replace();
      },
    });
    return connection;
  }

  function replace(): void {
    if (next !== null) return;
    options.logger.info({}, "Twitch's chat asks for another connection");
    next = open();
    void next.connect();
    overlap = setTimeout(() => {
      if (next?.isWelcome()) takeOver(LINGER_MS);
    }, options.longestOverlapMs ?? LONGEST_OVERLAP_MS);
  }

  function hasJoinedAll(connection: IrcConnection): boolean {
    const joined = new Set(connection.channels());
    return current.channels().every((channel) => joined.has(channel) || !wanted.includes(channel));
  }

  function takeOver(lingerMs: number): void {
    if (next === null) return;
    clearTimeout(overlap);
    const last = current;
    current = next;
    next = null;
    close(last, lingerMs);
    if (!current.isWelcome()) options.onDisconnected({ isRefused: false });
  }

  /** The one there is goes on until the server closes it; then it reconnects, and is refused as well, or not. */
  function giveUpNext(): void {
    clearTimeout(overlap);
    if (next) close(next, 0);
    next = null;
  }

  function close(connection: IrcConnection, lingerMs: number): void {
    const { signal } = stopping;
    const read = () => sleep(lingerMs, undefined, { signal }).catch(() => {});
    const closed = connection
      .drain()
      .then(read)
      .then(() => connection.stop());
    closing.add(closed);
    void closed.finally(() => closing.delete(closed));
  }

  return {
    connect: () => current.connect(),
    setChannels(channels) {
      wanted = [...channels];
      current.setChannels(wanted);
      next?.setChannels(wanted);
    },
    channels: () => current.channels(),
    isWelcome: () => current.isWelcome(),
    isModerator: (channel) => current.isModerator(channel),
    forgetModerator: (channel) => current.forgetModerator(channel),
    isInRoom: (roomId) => current.isInRoom(roomId) || (next?.isInRoom(roomId) ?? false),
    send: (message) => current.send(message),
    drain: () => current.drain(),

    async stop() {
      clearTimeout(overlap);
      stopping.abort();
      await Promise.all([current.stop(), next?.stop(), ...closing]);
    },
  };
}
