import { type FakeChannel, toUser } from './fake-discord-world.ts';

export const GUILD = '81384788765712384';
const READ_HISTORY = 1n << 16n;
/** View channels, send messages, in threads too, create public threads, read message history. */
export const CAN_WRITE = (1n << 10n) | (1n << 11n) | READ_HISTORY | (1n << 35n) | (1n << 38n);

/** Discord gives each guild to one of the shards, by its id. */
export function hasGuild(shardId: number, shardCount: number): boolean {
  return Number((BigInt(GUILD) >> 22n) % BigInt(shardCount)) === shardId;
}

/** The guild as the gateway shows it to a bot that may write everywhere. */
export function toGuildPayload({ channels: all, botId }: { channels: Map<string, FakeChannel>; botId: string }) {
  const channels = [...all.values()].filter(({ guildId }) => guildId === GUILD);
  return {
    id: GUILD,
    name: 'Guild',
    owner_id: '1',
    roles: [
      {
        id: GUILD,
        name: '@everyone',
        permissions: String(CAN_WRITE),
        position: 0,
        color: 0,
        hoist: false,
        managed: false,
        mentionable: false,
      },
    ],
    emojis: [],
    features: [],
    channels: channels.filter((channel) => !isThread(channel)).map(toChannelPayload),
    threads: channels.filter(isThread).map(toChannelPayload),
    members: [
      {
        user: toUser(botId, { isBot: true }),
        roles: [],
        joined_at: new Date().toISOString(),
        deaf: false,
        mute: false,
        flags: 0,
      },
    ],
    voice_states: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    stickers: [],
    large: false,
    member_count: 2,
    unavailable: false,
  };
}

/** A channel or thread as Discord describes it. */
export function toChannelPayload(channel: FakeChannel) {
  return {
    id: channel.id,
    type: channel.type,
    guild_id: channel.guildId ?? undefined,
    parent_id: channel.parentId,
    name: channel.name,
    position: 0,
    permission_overwrites: channel.hidesHistory ? [{ id: GUILD, type: 0, allow: '0', deny: String(READ_HISTORY) }] : [],
    ...(isThread(channel)
      ? {
          owner_id: channel.ownerId,
          message_count: 0,
          member_count: 1,
          thread_metadata: {
            archived: false,
            auto_archive_duration: 1440,
            archive_timestamp: new Date().toISOString(),
            locked: false,
          },
        }
      : {}),
  };
}

/** Public and private ones. */
export function isThread({ type }: FakeChannel): boolean {
  return type === 11 || type === 12;
}
