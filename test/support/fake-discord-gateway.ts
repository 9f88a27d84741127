import type { Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';

interface GatewaySession {
  id: string;
  shard: [number, number];
  intents: number;
  sequence: number;
  /** Everything sent, for whoever resumes. */
  events: { op: 0; t: string; s: number; d: unknown }[];
  socket: WebSocket | null;
}

export interface GatewayOptions {
  server: Server;
  token: string;
  /** Intents the application was not given in the developer portal. */
  refusedIntents(): number;
  /** A close code with which everybody is turned away; null when nobody is. */
  refusal(): number | null;
  ready(shard: [number, number]): { payload: object; guilds: object[] };
}

const OP = { dispatch: 0, heartbeat: 1, identify: 2, resume: 6, reconnect: 7, invalidSession: 9, hello: 10, ack: 11 };

/** Plays Discord's gateway: identify, heartbeats, events in sequence, resuming what was missed. */
export function createFakeGateway(options: GatewayOptions) {
  const sockets = new WebSocketServer({ server: options.server });
  const sessions = new Map<string, GatewaySession>();
  const counts = { identified: 0, resumed: 0 };

  sockets.on('connection', (socket) => {
    send(socket, { op: OP.hello, d: { heartbeat_interval: 41_250 }, s: null, t: null });
    socket.on('message', (data) => receive(socket, JSON.parse(String(data))));
    socket.on('close', () => {
      for (const session of sessions.values()) if (session.socket === socket) session.socket = null;
    });
  });

  function send(socket: WebSocket, frame: object): void {
    socket.send(JSON.stringify(frame));
  }

  function receive(socket: WebSocket, { op, d }: { op: number; d: never }): void {
    if (op === OP.heartbeat) send(socket, { op: OP.ack, d: null, s: null, t: null });
    if (op === OP.identify) identify(socket, d);
    if (op === OP.resume) resume(socket, d);
  }

  function identify(socket: WebSocket, data: { token: string; intents: number; shard?: [number, number] }): void {
    if (data.token !== options.token) {
      socket.close(4004, 'Authentication failed.');
      return;
    }
    const refusal = options.refusal();
    if (refusal !== null) {
      socket.close(refusal);
      return;
    }
    if ((data.intents & options.refusedIntents()) !== 0) {
      socket.close(4014, 'Disallowed intent(s).');
      return;
    }
    counts.identified += 1;
    const session: GatewaySession = {
      id: `session-${counts.identified}`,
      shard: data.shard ?? [0, 1],
      intents: data.intents,
      sequence: 0,
      events: [],
      socket,
    };
    sessions.set(session.id, session);
    const { payload, guilds } = options.ready(session.shard);
    dispatchTo(session, 'READY', { ...payload, session_id: session.id, shard: session.shard });
    for (const guild of guilds) dispatchTo(session, 'GUILD_CREATE', guild);
  }

  function resume(socket: WebSocket, data: { session_id: string; seq: number }): void {
    const session = sessions.get(data.session_id);
    if (!session) {
      send(socket, { op: OP.invalidSession, d: false, s: null, t: null });
      return;
    }
    counts.resumed += 1;
    session.socket = socket;
    for (const event of session.events) if (event.s > data.seq) send(socket, event);
    dispatchTo(session, 'RESUMED', {});
  }

  function dispatchTo(session: GatewaySession, t: string, d: unknown): void {
    session.sequence += 1;
    const event = { op: 0 as const, t, s: session.sequence, d };
    session.events.push(event);
    if (session.socket) send(session.socket, event);
  }

  return {
    counts,
    sessions,
    /** Sends an event to every session of that guild's shard; what it holds may depend on the session's intents. */
    dispatch(t: string, guildId: string | null, toPayload: (intents: number) => unknown): void {
      for (const session of sessions.values()) {
        const shardId = guildId === null ? 0 : Number((BigInt(guildId) >> 22n) % BigInt(session.shard[1]));
        if (shardId === session.shard[0]) dispatchTo(session, t, toPayload(session.intents));
      }
    },
    /** Ends every connection; 4000 and 1001 leave the session to be resumed. */
    closeAll(code: number): void {
      for (const socket of sockets.clients) socket.close(code);
    },
    askToReconnect(): void {
      for (const socket of sockets.clients) send(socket, { op: OP.reconnect, d: null, s: null, t: null });
    },
    /** As when the network goes away. */
    stop(): void {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
}
