import { type Client, Events, GatewayCloseCodes, type REST } from 'discord.js';
import type { BotState } from '../../core/ports/bot-state.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { readMayReadAlong } from './application.ts';
import { connectGateway } from './connect-gateway.ts';
import { GatewayRefusedError, noMessageContent, toRefusal } from './gateway-refusal.ts';

export interface GatewayOptions {
  token: string;
  apiUrl: string;
  rest: REST;
  logger: Logger;
  /** Called with each connection before its first event can come. */
  listen(client: Client): void;
  onConnected(client: Client): Promise<void>;
  /** Does something in so long; gives what calls it off. */
  after(ms: number, work: () => void): () => void;
  /** How long the first wait before another attempt to connect is. */
  reconnectMs?: number | undefined;
}

const RECONNECT_MS = 2000;
const LONGEST_RECONNECT_MS = 60_000;
/** Who reads in the log what is missing has it switched on in a minute, or in a week. */
const FIRST_LOOK_MS = 10_000;
const LONGEST_LOOK_MS = 600_000;

/**
 * Keeps the bot on Discord as well as Discord lets it. Without Message Content it answers all the same; what Discord
 * refuses for good is looked at again now and then, because the cause is a switch in the developer portal.
 */
export function createGateway(options: GatewayOptions) {
  const { token, apiUrl, rest, logger, after } = options;
  let state: BotState = { state: 'off', detail: 'not started' };
  let client: Client | null = null;
  /** What the portal does not allow, in words; empty where it allows all. */
  let missing = '';
  let callOff = () => {};
  let isStopping = false;

  function open(withMessageContent: boolean): Promise<Client> {
    return connectGateway({
      token,
      apiUrl,
      withMessageContent,
      logger,
      listen(opened) {
        options.listen(opened);
        opened.on(Events.ShardDisconnect, ({ code }) => {
          if (opened === client && !isStopping) void lose(code);
        });
      },
    });
  }

  /** A connection that was refused when it was to be opened again, such as after a switch was turned off. */
  async function lose(code: number): Promise<void> {
    const lost = client;
    client = null;
    callOff();
    await lost?.destroy();
    if (code === GatewayCloseCodes.DisallowedIntents) await connect(0);
    else fail(new GatewayRefusedError(code), 0);
  }

  async function connect(attempt: number): Promise<void> {
    // Until it is known to be over, what failed before has failed.
    if (state.state !== 'failed') state = { state: 'connecting', detail: 'connecting to Discord' };
    try {
      const mayReadAlong = await readMayReadAlong(rest, token);
      if (mayReadAlong === false) await use(await open(false), { lacks: 'the switch' });
      else await connectReadingAlong();
    } catch (error) {
      if (isStopping) return;
      const refusal = toRefusal(error);
      if (refusal) fail(refusal, attempt);
      else tryAgain(attempt, error);
    }
  }

  async function connectReadingAlong(): Promise<void> {
    try {
      await use(await open(true), { lacks: 'nothing' });
    } catch (error) {
      if (toRefusal(error)?.code !== GatewayCloseCodes.DisallowedIntents) throw error;
      await use(await open(false), { lacks: 'what was asked for' });
    }
  }

  /** Takes a connection in place of the one before, which goes on until then: nothing said meanwhile is lost. */
  async function use(opened: Client, { lacks }: { lacks: 'nothing' | 'the switch' | 'what was asked for' }) {
    const before = client;
    client = opened;
    await before?.destroy();
    if (isStopping) return opened.destroy();

    missing = lacks === 'nothing' ? '' : noMessageContent(opened.application?.id);
    // Switched off in the portal is a choice that the docs offer; refused after the portal said yes is not.
    const isDegraded = lacks === 'what was asked for';
    state = { state: isDegraded ? 'degraded' : 'connected', detail: 'connected' };
    logger.info({ shards: opened.ws.shards.size, applicationId: opened.application?.id }, 'Discord is connected');
    if (isDegraded) logger.warn({}, missing);
    if (missing !== '') lookAgain(0);
    await options.onConnected(opened);
  }

  function lookAgain(attempt: number): void {
    callOff = after(lookMs(attempt), () => void look(attempt));
  }

  /** Whether Message Content is allowed by now. */
  async function look(attempt: number): Promise<void> {
    try {
      if ((await readMayReadAlong(rest, token)) !== false) return await use(await open(true), { lacks: 'nothing' });
    } catch (error) {
      logger.debug({ err: error }, 'Message Content is still refused');
    }
    if (!isStopping) lookAgain(attempt + 1);
  }

  function tryAgain(attempt: number, error: unknown): void {
    const inMs = Math.min((options.reconnectMs ?? RECONNECT_MS) * 2 ** attempt, LONGEST_RECONNECT_MS);
    if (state.state !== 'failed') state = { state: 'connecting', detail: 'Discord cannot be reached; trying again' };
    logger.warn({ err: error, retryInMs: inMs }, 'Discord could not be reached; trying again');
    callOff = after(inMs, () => void connect(attempt + 1));
  }

  function fail(refusal: GatewayRefusedError, attempt: number): void {
    const isNews = state.state !== 'failed' || state.detail !== refusal.message;
    state = { state: 'failed', detail: refusal.message };
    if (isNews) logger.error({ code: refusal.code }, `Discord is off: ${refusal.message}`);
    callOff = after(lookMs(attempt), () => void connect(attempt + 1));
  }

  return {
    /** Resolves after the first attempt to connect, however it went; later ones follow by themselves. */
    start: () => connect(0),

    async stop(): Promise<void> {
      isStopping = true;
      callOff();
      await client?.destroy();
      state = { state: 'off', detail: 'stopped' };
    },

    client: () => client,

    state(): BotState {
      const isThere = state.state === 'connected' || state.state === 'degraded';
      return client && isThere ? { ...state, detail: describe(client, missing) } : state;
    },
  };
}

function describe({ user, guilds }: Client, missing: string): string {
  const count = guilds.cache.size;
  const where =
    count === 0
      ? 'in no server yet: add it with its install link, as docs/discord.md says'
      : `in ${count} ${count === 1 ? 'server' : 'servers'}`;
  return [`connected as ${user?.username ?? 'a bot'}, ${where}`, missing].filter(Boolean).join('. ');
}

function lookMs(attempt: number): number {
  return Math.min(FIRST_LOOK_MS * 2 ** Math.min(attempt, 20), LONGEST_LOOK_MS);
}
