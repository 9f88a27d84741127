import { type Client, Events, type Interaction, type Message, REST } from 'discord.js';
import type { App } from '../../core/app.ts';
import type { Encryption } from '../../core/encryption/encryption.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { createArrivalOrder } from '../../core/turns/arrival-order.ts';
import type { TurnEvent } from '../../core/turns/turn-event.ts';
import type { Turn } from '../../core/turns/turns-repository.ts';
import { createAcknowledgements } from './acknowledgements.ts';
import { answerEdit, answerMessage } from './answer-message.ts';
import { createCommands } from './commands.ts';
import type { DiscordContext } from './context.ts';
import { deliver } from './deliver.ts';
import { deliverySchema } from './delivery.ts';
import { fetchAttachment } from './fetch-attachment.ts';
import { createGateway } from './gateway.ts';
import { handleInteraction } from './handle-interaction.ts';
import { tellLinked } from './link-command.ts';
import { createThreadReader } from './overhear-thread.ts';
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
  /** The same for attempts to connect. */
  connectAfter?: DiscordContext['after'];
  /** How long the first wait before another attempt to connect is. */
  reconnectMs?: number;
}

/** Faster edits are no easier to read, and take from what a channel's other answers may use. */
const EDIT_INTERVAL_MS = 1000;
const DRAIN_MS = 20_000;
/** What the last edits of answers that have ended may take. */
const LAST_EDITS_MS = 3000;

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
  let isStopping = false;
  const gateway = createGateway({
    token,
    apiUrl,
    rest,
    logger,
    listen,
    onConnected: updateCommands,
    after: options.connectAfter ?? after,
    reconnectMs: options.reconnectMs,
  });

  app.turns.onRecovered('discord', (turn, events) => track(showRecovered(turn, events)));
  app.overhearing.register(
    'discord',
    createThreadReader({ app, rest, pace: context.pace, client: gateway.client, logger }),
  );
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
    connected.on(Events.MessageUpdate, (_before, message) => {
      if (!isStopping) void track(answerEdit(context, message));
    });
    connected.on(Events.Error, (error) => logger.warn({ err: error }, 'Discord reported an error'));
    connected.on(Events.ShardError, (error, shardId) => logger.warn({ err: error, shardId }, 'a connection failed'));
    connected.on(Events.ShardReconnecting, (shardId) => logger.info({ shardId }, 'Discord is being reconnected'));
  }

  return {
    /** Resolves after the first attempt to connect, however it went; later ones follow by themselves. */
    start: gateway.start,

    /**
     * Takes no more, and shows to their end the answers that are still being written.
     * @param options.drainMs as long as `app.turns.stop()` is given; call it at the same time
     */
    async stop({ drainMs = DRAIN_MS } = {}): Promise<void> {
      isStopping = true;
      await gateway.stop();
      const last = setTimeout(() => leaving.abort(), drainMs + LAST_EDITS_MS);
      await Promise.allSettled([...atWork]);
      clearTimeout(last);
    },

    state: gateway.state,
  };
}

function after(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
}
