import type { BaseInteraction, Channel, Message } from 'discord.js';
import { ChannelType, InteractionContextType, PermissionFlagsBits } from 'discord.js';
import type { ConversationPlace } from '../../core/conversations/conversation-place.ts';

/** Where on Discord something was asked. */
export interface DiscordPlace {
  conversation: ConversationPlace;
  guildId: string | null;
  channelId: string;
  /** The channel that settings and limits count for: a thread's parent; null in DMs. */
  settingsChannel: string | null;
  /** Only the asker reads the answer. */
  isPrivate: boolean;
  /** Whether the bot itself is there and may write. */
  canPost: boolean;
  canOpenThread: boolean;
  isThread: boolean;
}

const THREAD_PARENTS: ReadonlySet<ChannelType> = new Set([ChannelType.GuildText, ChannelType.GuildAnnouncement]);

/** @param isEphemeral whether the answer is to be shown to the asker alone */
export function placeOfInteraction(
  interaction: BaseInteraction,
  { isEphemeral }: { isEphemeral: boolean },
): DiscordPlace {
  const { guildId, channel, context, appPermissions } = interaction;
  const channelId = interaction.channelId ?? '';
  const isDm = context === InteractionContextType.BotDM;
  const thread = channel?.isThread() ? channel : null;
  const isInstalled = guildId !== null && isInGuild(interaction, guildId);
  const writing = thread ? PermissionFlagsBits.SendMessagesInThreads : PermissionFlagsBits.SendMessages;
  const canPost = isDm || (isInstalled && appPermissions.has([PermissionFlagsBits.ViewChannel, writing]));
  const mayOpenThread = appPermissions.has([
    PermissionFlagsBits.CreatePublicThreads,
    PermissionFlagsBits.SendMessagesInThreads,
  ]);
  return {
    conversation: toConversation({ guildId, channelId, isDm, isThread: thread !== null, isEphemeral }),
    guildId,
    channelId,
    settingsChannel: isDm ? null : (thread?.parentId ?? channelId),
    isPrivate: isDm || isEphemeral,
    canPost,
    canOpenThread: canPost && !isEphemeral && mayOpenThread && channel !== null && THREAD_PARENTS.has(channel.type),
    isThread: thread !== null,
  };
}

/** Whether the bot is there itself, and not only its commands. */
function isInGuild({ client, authorizingIntegrationOwners }: BaseInteraction, guildId: string): boolean {
  return client.guilds.cache.has(guildId) || authorizingIntegrationOwners.guildId === guildId;
}

export function placeOfMessage({ channel, guildId, client }: Message): DiscordPlace {
  const isDm = guildId === null;
  const thread = channel.isThread() ? channel : null;
  const me = client.user.id;
  const mayOpenThread =
    !channel.isDMBased() &&
    channel
      .permissionsFor(me)
      ?.has([PermissionFlagsBits.CreatePublicThreads, PermissionFlagsBits.SendMessagesInThreads]) === true;
  return {
    conversation: toConversation({
      guildId,
      channelId: channel.id,
      isDm,
      isThread: thread !== null,
      isEphemeral: false,
    }),
    guildId,
    channelId: channel.id,
    settingsChannel: isDm ? null : (thread?.parentId ?? channel.id),
    isPrivate: isDm,
    canPost: true,
    canOpenThread: mayOpenThread && THREAD_PARENTS.has(channel.type),
    isThread: thread !== null,
  };
}

/** What is said at the same of these is taken on in order: in a DM or thread by everybody, in a channel by one person. */
export function arrivalPlace(
  said: Message | { channel: Channel | null; channelId: string | null; user: { id: string } },
): string {
  const { channel, channelId } = said;
  const isShared = channel?.isThread() || channel?.isDMBased();
  return isShared ? `${channelId}` : `${channelId} ${'author' in said ? said.author.id : said.user.id}`;
}

/** The place of a thread that was opened in a channel. */
export function placeOfThread({ guildId, threadId }: { guildId: string; threadId: string }): ConversationPlace {
  return toConversation({ guildId, channelId: threadId, isDm: false, isThread: true, isEphemeral: false });
}

/**
 * What is asked in private has conversations of its own, so that nothing of them shows up in an answer for everybody.
 */
function toConversation(where: {
  guildId: string | null;
  channelId: string;
  isDm: boolean;
  isThread: boolean;
  isEphemeral: boolean;
}): ConversationPlace {
  const { guildId, channelId, isDm, isThread, isEphemeral } = where;
  const isAside = isEphemeral && !isDm;
  return {
    platform: 'discord',
    space: toSpace(guildId),
    kind: isDm ? 'dm' : isThread && !isAside ? 'thread' : 'channel',
    id: isAside ? `${channelId}:private` : channelId,
    isPrivate: isDm || isEphemeral,
  };
}

/** A server as the audience of documents names it; null in direct messages. */
export function toSpace(guildId: string | null): string | null {
  return guildId === null ? null : `discord:${guildId}`;
}
