/** What the stand-in for Discord knows: people, channels, messages, interactions. */
export interface FakeChannel {
  id: string;
  /** 0 text, 1 DM, 11 public thread, 12 private thread, 15 forum. */
  type: number;
  guildId: string | null;
  parentId: string | null;
  name: string;
  ownerId: string | null;
  /** Whether the bot can see it and write there. */
  isBotIn: boolean;
  /** Whether the bot lacks Read Message History there. */
  hidesHistory?: boolean;
}

export interface FakeMessage {
  id: string;
  channelId: string;
  authorId: string;
  content: string;
  components: FakeRow[];
  flags: number;
  isEphemeral: boolean;
  /** Set while the message is only known as the answer to an interaction. */
  interactionToken: string | null;
  nonce: string | null;
  replyTo: string | null;
  isDeleted: boolean;
  /** Every text it ever showed, oldest first. */
  history: { at: number; content: string }[];
  attachments: FakeAttachment[];
  /** What else Discord says of it: embeds, a poll, what is forwarded, its type. */
  more: Record<string, unknown>;
}

export interface FakeRow {
  type: 1;
  components: FakeButton[];
}

export interface FakeButton {
  type: number;
  custom_id: string;
  label: string;
}

export interface FakeAttachment {
  id: string;
  filename: string;
  content_type: string;
  size: number;
  url: string;
}

export interface FakeModal {
  custom_id: string;
  title: string;
  components: unknown[];
}

export interface FakeInteraction {
  id: string;
  token: string;
  createdAt: number;
  channelId: string;
  userId: string;
  /** The message a pressed button is on. */
  sourceId: string | null;
  /** Type of the first response: 4 message, 5 deferred, 6 deferred update, 8 choices, 9 modal. */
  response: number | null;
  ackMs: number | null;
  isEphemeral: boolean;
  originalId: string | null;
  choices: { name: string; value: string }[];
  modal: FakeModal | null;
}

const DISCORD_EPOCH = 1_420_070_400_000n;

/** Ids like Discord's, in order of time. */
export function createSnowflakes() {
  let count = 0n;
  return (): string => {
    count += 1n;
    return (((BigInt(Date.now()) - DISCORD_EPOCH) << 22n) + count).toString();
  };
}

export const toUser = (id: string, { isBot = false } = {}) => ({
  id,
  username: isBot ? 'bot' : `user-${id}`,
  global_name: isBot ? null : `User ${id}`,
  discriminator: '0',
  avatar: null,
  bot: isBot,
});

/** What Discord leaves of a message for bots that may not read it, in events and over HTTP. */
export function withoutContent<Payload extends object>(payload: Payload) {
  const { poll: _poll, message_snapshots: _snapshots, ...rest } = payload as Record<string, unknown>;
  return { ...rest, content: '', attachments: [], embeds: [], components: [] };
}
