import { type Client, PermissionFlagsBits, Routes } from 'discord.js';
import type { Logger } from '../../core/ports/logger.ts';

interface Packet {
  t?: string | null;
  d?: Fields | null;
}

type Fields = Record<string, unknown>;

/** What the library does with an event; not among its types. */
interface PacketHandler {
  handlePacket(packet?: Packet, shard?: unknown): boolean;
}

const MAY_WRITE = String(
  PermissionFlagsBits.ViewChannel |
    PermissionFlagsBits.SendMessages |
    PermissionFlagsBits.SendMessagesInThreads |
    PermissionFlagsBits.CreatePublicThreads,
);
const SESSION_LIMIT = { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 1 };
const GUILD_TEXT = 0;
const DM = 1;
const GROUP_DM = 3;
const REPLY = 19;

/**
 * The library takes some fields for granted that an older or compatible server leaves out. What it cannot read all the
 * same is one event that goes unanswered; without this guard it would be an unhandled rejection, which ends the process.
 */
export function tolerateGaps(client: Client, logger: Logger): void {
  const handler = client.ws as unknown as PacketHandler;
  const handle = handler.handlePacket.bind(handler);
  handler.handlePacket = (packet, shard) => {
    try {
      if (packet?.d) fillGaps(packet.t, packet.d, client);
      return handle(packet, shard);
    } catch (error) {
      logger.warn({ err: error, type: packet?.t }, 'an event from Discord could not be read');
      return false;
    }
  };

  const get = client.rest.get.bind(client.rest);
  client.rest.get = async (route, options) => {
    const answer = await get(route, options);
    return route === Routes.gatewayBot() ? fillGatewayGaps(answer as Fields) : answer;
  };
}

function fillGatewayGaps(gateway: Fields): Fields {
  const limit = { ...SESSION_LIMIT, ...(gateway.session_start_limit as Fields | undefined) };
  return { shards: 1, ...gateway, session_start_limit: limit };
}

function fillGaps(type: string | null | undefined, fields: Fields, client: Client): void {
  switch (type) {
    case 'READY':
      fields.application ??= { id: (fields.user as Fields).id };
      break;
    case 'INTERACTION_CREATE':
      fillInteraction(fields);
      break;
    case 'MESSAGE_CREATE':
      fillMessage(fields, client);
      break;
    case 'MESSAGE_UPDATE':
      // Often only what has changed, such as the previews of links.
      if (fields.author) fillMessage(fields, client);
      break;
  }
}

function fillInteraction(interaction: Fields): void {
  const isInGuild = interaction.guild_id !== undefined && interaction.guild_id !== null;
  interaction.channel ??= { id: interaction.channel_id, type: isInGuild ? GUILD_TEXT : DM };
  interaction.entitlements ??= [];
  interaction.authorizing_integration_owners ??= isInGuild ? { 0: interaction.guild_id } : {};
  // Tried then: what is refused in one way is shown in another.
  interaction.app_permissions ??= MAY_WRITE;
  const { type } = interaction.channel as Fields;
  interaction.context ??= isInGuild ? 0 : type === GROUP_DM ? 2 : 1;
}

function fillMessage(message: Fields, { user }: Client): void {
  message.type ??= message.message_reference ? REPLY : 0;
  // Without it, the library cannot read what is forwarded.
  if (Array.isArray(message.message_snapshots) && message.message_snapshots.length > 0) {
    message.message_reference ??= { type: 1, channel_id: message.channel_id, message_id: message.id };
  }
  const isMention = user !== null && new RegExp(`<@!?${user.id}>`).test(String(message.content));
  message.mentions ??= isMention ? [{ id: user.id, username: user.username, bot: true }] : [];
}
