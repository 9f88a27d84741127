import { type Client, DiscordAPIError, Events, type Interaction, type Message, REST, Routes } from 'discord.js';
import { z } from 'zod';
import type { App } from '../../core/app.ts';
import type { Encryption } from '../../core/encryption/encryption.ts';
import type { BotState } from '../../core/ports/bot-state.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { createArrivalOrder } from '../../core/turns/arrival-order.ts';
import type { TurnEvent } from '../../core/turns/turn-event.ts';
import type { Turn } from '../../core/turns/turns-repository.ts';
import { createAcknowledgements } from './acknowledgements.ts';
import { answerMessage } from './answer-message.ts';
import { createCommands } from './commands.ts';
import { connectGateway, GatewayRefusedError } from './connect-gateway.ts';
import type { DiscordContext } from './context.ts';
import { deliver } from './deliver.ts';
import { deliverySchema } from './delivery.ts';
import { fetchAttachment } from './fetch-attachment.ts';
import { handleInteraction } from './handle-interaction.ts';
import { tellLinked } from './link-command.ts';
import { registerCommands } from './register-commands.ts';
import { createRequestPace } from './request-pace.ts';

export interface DiscordBotOptions {
  app: App;
  token: string;
  /** Without a version, as `https://discord.com/api`. */
  apiUrl: string;
  assistantName: string;
  encryption: Encryption;
  logger: Logger;
  clock?: Clock;
  minEditIntervalMs?: number;
  /** Does something in so long, unless what it gives is called; for tests that do not want to wait. */
  after?: DiscordContext['after'];
  /** How long the first wait before another attempt to connect is. */
  reconnectMs?: number;
}

/** Faster edits are no easier to read, and take from what a channel's other answers may use. */
const EDIT_INTERVAL_MS = 1000;
const RECONNECT_MS = 2000;
const LONGEST_RECONNECT_MS = 60_000;
const DRAIN_MS = 20_000;
/** What the last edits of answers that have ended may take. */
const LAST_EDITS_MS = 3000;

const applicationSchema = z.object({ flags: z.number().default(0) });

/**
 * The assistant on Discord. Create it before `app.turns.start()`, so that it can finish what an earlier process left.
 * It never throws into whoever starts it: its trouble is in its state and in the log.
 */
export function createDiscordBot(options: DiscordBotOptions) {
  const { app, token, apiUrl, clock = { now: () => new Date() } } = options;
  const logger = options.logger.child({ part: 'discord' });
  const rest = new REST({ api: apiUrl, version: '10' }).setToken(token);
  const leaving = new AbortController();
  const context: DiscordContext = {
    app,
    rest,
    pace: createRequestPace({ rest, now: () => clock.now().getTime() }),
    encryption: options.encryption,
    clock,
    logger,
    assistantName: options.assistantName,
    minEditIntervalMs: options.minEditIntervalMs ?? EDIT_INTERVAL_MS,
    after: options.after ?? after,
    leaving: leaving.signal,
    fetchText: fetchAttachment,
    arrivals: createArrivalOrder(),
    acknowledgements: createAcknowledgements(),
  };
  /** What is being answered right now. */
  const atWork = new Set<Promise<void>>();
  let client: Client | null = null;
  let state: BotState = { state: 'off', detail: 'not started' };
  let retry: NodeJS.Timeout | undefined;
  let isStopping = false;

  app.turns.onRecovered('discord', (turn, events) => track(showRecovered(turn, events)));
  app.links.onLinked('discord', (linked) => tellLinked(context, linked));

  function track(work: Promise<void>): Promise<void> {
    const tracked = work
      .catch((error) => logger.error({ err: error }, 'something on Discord failed'))
      .finally(() => atWork.delete(tracked));
    atWork.add(tracked);
    return tracked;
  }

  async function showRecovered(turn: Turn, events: AsyncIterable<TurnEvent>): Promise<void> {
    const delivery = deliverySchema.safeParse(turn.delivery);
    if (delivery.success) await deliver(context, { turnId: turn.id, delivery: delivery.data, events });
    else logger.warn({ turnId: turn.id }, 'it is not known where a recovered answer is to be shown');
  }

  async function connect(attempt: number): Promise<void> {
    state = { state: 'connecting', detail: 'connecting to Discord' };
    try {
      const applicationFlags = await readApplicationFlags();
      client = await connectGateway({ token, apiUrl, applicationFlags, logger, listen });
      state = { state: 'connected', detail: `connected as ${client.user?.username ?? 'a bot'}` };
      logger.info({ shards: client.ws.shards.size, applicationId: client.application?.id }, 'Discord is connected');
      await updateCommands(client);
    } catch (error) {
      if (isStopping) return;
      if (isFinal(error)) fail(error instanceof GatewayRefusedError ? error.message : WRONG_TOKEN);
      else tryAgain(attempt, error);
    }
  }

  function tryAgain(attempt: number, error: unknown): void {
    const inMs = Math.min((options.reconnectMs ?? RECONNECT_MS) * 2 ** attempt, LONGEST_RECONNECT_MS);
    state = { state: 'connecting', detail: 'Discord does not answer; trying again' };
    logger.warn({ err: error, retryInMs: inMs }, 'Discord could not be reached; trying again');
    retry = setTimeout(() => void connect(attempt + 1), inMs);
  }

  function fail(detail: string): void {
    state = { state: 'failed', detail };
    logger.error({}, `Discord is off: ${detail}`);
  }

  /** Whether Discord lets this bot read along is decided in its developer portal; it works either way. */
  async function readApplicationFlags(): Promise<number> {
    try {
      rest.setToken(token);
      return applicationSchema.parse(await rest.get(Routes.currentApplication())).flags;
    } catch (error) {
      if (error instanceof DiscordAPIError && error.status !== 401) return 0;
      throw error;
    }
  }

  async function updateCommands({ application }: Client): Promise<void> {
    if (!application) return;
    const commands = createCommands({ assistantName: options.assistantName });
    try {
      const areNew = await registerCommands({ rest, applicationId: application.id, commands });
      if (areNew) logger.info({ commands: commands.length }, 'the commands were registered with Discord');
    } catch (error) {
      logger.warn({ err: error }, 'the commands could not be registered with Discord');
    }
  }

  function listen(connected: Client): void {
    connected.on(Events.InteractionCreate, (interaction: Interaction) => {
      if (!isStopping) void track(handleInteraction(context, interaction));
    });
    connected.on(Events.MessageCreate, (message: Message) => {
      if (!isStopping) void track(answerMessage(context, message));
    });
    connected.on(Events.Error, (error) => logger.warn({ err: error }, 'Discord reported an error'));
    connected.on(Events.ShardError, (error, shardId) => logger.warn({ err: error, shardId }, 'a connection failed'));
    connected.on(Events.ShardReconnecting, (shardId) => logger.info({ shardId }, 'Discord is being reconnected'));
    connected.on(Events.ShardDisconnect, ({ code }, shardId) => {
      if (state.state !== 'connected' || isStopping) return;
      fail(`Discord closed connection ${shardId} for good, with code ${code}. Check the token and the intents.`);
    });
  }

  return {
    /** Resolves after the first attempt to connect, however it went; later ones follow by themselves. */
    start: () => connect(0),

    /**
     * Takes no more, and shows to their end the answers that are still being written.
     * @param options.drainMs as long as `app.turns.stop()` is given; call it at the same time
     */
    async stop({ drainMs = DRAIN_MS } = {}): Promise<void> {
      isStopping = true;
      clearTimeout(retry);
      await client?.destroy();
      const last = setTimeout(() => leaving.abort(), drainMs + LAST_EDITS_MS);
      await Promise.allSettled([...atWork]);
      clearTimeout(last);
      state = { state: 'off', detail: 'stopped' };
    },

    state: (): BotState => state,
  };
}

function after(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
}

const WRONG_TOKEN = 'Discord does not accept DISCORD_TOKEN. Copy it again from the Bot page of the developer portal.';

/** What trying again cannot change. */
function isFinal(error: unknown): boolean {
  return error instanceof GatewayRefusedError || (error instanceof DiscordAPIError && error.status === 401);
}
