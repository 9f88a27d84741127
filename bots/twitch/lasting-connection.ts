import { createIrcConnection, type IrcConnection, type IrcConnectionOptions } from './irc-connection.ts';

/** The server closes a connection some time after it has asked for another one; then there is no use in waiting. */
const LONGEST_OVERLAP_MS = 60_000;

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
        if (connection === next && hasJoinedAll(connection)) takeOver();
      },
      onDisconnected: ({ isRefused }) => {
        if (connection === current && next !== null) return takeOver();
        if (connection === current) return options.onDisconnected({ isRefused });
        if (connection === next && isRefused) giveUpNext();
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
      if (next?.isWelcome()) takeOver();
    }, options.longestOverlapMs ?? LONGEST_OVERLAP_MS);
  }

  function hasJoinedAll(connection: IrcConnection): boolean {
    const joined = new Set(connection.channels());
    return current.channels().every((channel) => joined.has(channel) || !wanted.includes(channel));
  }

  function takeOver(): void {
    if (next === null) return;
    clearTimeout(overlap);
    const last = current;
    current = next;
    next = null;
    close(last);
    if (!current.isWelcome()) options.onDisconnected({ isRefused: false });
  }

  /** The one there is goes on until the server closes it; then it reconnects, and is refused as well, or not. */
  function giveUpNext(): void {
    clearTimeout(overlap);
    if (next) close(next);
    next = null;
  }

  function close(connection: IrcConnection): void {
    const closed = connection.drain().then(() => connection.stop());
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
      await Promise.all([current.stop(), next?.stop(), ...closing]);
    },
  };
}
