import { Client, type CloseEvent, Events, GatewayIntentBits, Options, Partials } from 'discord.js';
import type { Logger } from '../../core/ports/logger.ts';
import { GatewayRefusedError, toRefusal } from './gateway-refusal.ts';
import { tolerateGaps } from './tolerate-gaps.ts';

export interface ConnectOptions {
  token: string;
  apiUrl: string;
  /** Needs a switch in the developer portal. */
  withMessageContent: boolean;
  logger: Logger;
  /** Called before the first event can come. */
  listen(client: Client): void;
}

/** What is kept of what goes by: enough for replies, little enough for a bot that runs for months. */
const KEPT_MESSAGES = 20;
const KEPT_PEOPLE = 500;
/** Servers in trouble are announced and do not come; what is asked meanwhile is to be acknowledged within 3 seconds. */
const WAIT_FOR_GUILDS_MS = 1500;

/**
 * Opens a connection for each shard that Discord recommends; the library resumes and reconnects them.
 * @throws GatewayRefusedError when trying again as before is of no use
 */
export async function connectGateway(options: ConnectOptions): Promise<Client> {
  const { token, apiUrl, withMessageContent, logger, listen } = options;
  const client: Client = new Client({
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.DirectMessages,
      ...(withMessageContent ? [GatewayIntentBits.MessageContent] : []),
    ],
    // Direct messages come without their channel having been announced, and edits long after what they change.
    partials: [Partials.Channel, Partials.Message],
    shards: 'auto',
    waitGuildTimeout: WAIT_FOR_GUILDS_MS,
    allowedMentions: { parse: [], repliedUser: false },
    rest: { api: apiUrl, version: '10' },
    makeCache: Options.cacheWithLimits({
      ...Options.DefaultMakeCacheSettings,
      MessageManager: KEPT_MESSAGES,
      ReactionManager: 0,
      GuildMemberManager: { maxSize: KEPT_PEOPLE, keepOverLimit: ({ id }) => id === client.user?.id },
      UserManager: { maxSize: KEPT_PEOPLE, keepOverLimit: ({ id }) => id === client.user?.id },
    }),
  });
  tolerateGaps(client, logger);
  listen(client);
  const ready = new Promise<void>((resolve, reject) => {
    client.once(Events.ClientReady, () => resolve());
    client.once(Events.ShardDisconnect, (event: CloseEvent) => reject(new GatewayRefusedError(event.code)));
  });
  try {
    await Promise.race([client.login(token).then(() => ready), ready]);
    return client;
  } catch (error) {
    await client.destroy();
    throw toRefusal(error) ?? error;
  }
}
