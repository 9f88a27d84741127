import {
  ApplicationFlags,
  Client,
  type CloseEvent,
  DiscordjsError,
  DiscordjsErrorCodes,
  Events,
  GatewayCloseCodes,
  GatewayIntentBits,
  Options,
  Partials,
} from 'discord.js';
import type { Logger } from '../../core/ports/logger.ts';
import { tolerateGaps } from './tolerate-gaps.ts';

/** Discord will not have this bot as it is set up; the message says what an operator can do. */
export class GatewayRefusedError extends Error {
  override readonly name = 'GatewayRefusedError';
}

export interface ConnectOptions {
  token: string;
  apiUrl: string;
  applicationFlags: number;
  logger: Logger;
  /** Called before the first event can come. */
  listen(client: Client): void;
}

/** What is kept of what goes by: enough for replies, little enough for a bot that runs for months. */
const KEPT_MESSAGES = 20;
const KEPT_PEOPLE = 500;
/** Servers in trouble are announced and do not come; what is asked meanwhile is to be acknowledged within 3 seconds. */
const WAIT_FOR_GUILDS_MS = 1500;

/** Opens a connection for each shard that Discord recommends; the library resumes and reconnects them. */
export async function connectGateway(options: ConnectOptions): Promise<Client> {
  const { token, apiUrl, applicationFlags, logger, listen } = options;
  const client: Client = new Client({
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.DirectMessages,
      ...(mayReadAlong(applicationFlags) ? [GatewayIntentBits.MessageContent] : []),
    ],
    // Direct messages come without their channel having been announced.
    partials: [Partials.Channel],
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
    client.once(Events.ShardDisconnect, (event: CloseEvent) => reject(toRefusal(event.code)));
  });
  try {
    await Promise.race([client.login(token).then(() => ready), ready]);
    return client;
  } catch (error) {
    await client.destroy();
    throw error instanceof DiscordjsError && error.code === DiscordjsErrorCodes.TokenInvalid
      ? toRefusal(GatewayCloseCodes.AuthenticationFailed)
      : error;
  }
}

/** Given in the developer portal, to small bots at once and to large ones after a review. */
function mayReadAlong(flags: number): boolean {
  return (flags & (ApplicationFlags.GatewayMessageContent | ApplicationFlags.GatewayMessageContentLimited)) !== 0;
}

function toRefusal(code: number): GatewayRefusedError {
  const why =
    code === GatewayCloseCodes.AuthenticationFailed
      ? 'Discord does not accept DISCORD_TOKEN. Copy it again from the Bot page of the developer portal.'
      : `Discord refused the connection with code ${code}.`;
  return new GatewayRefusedError(why);
}
