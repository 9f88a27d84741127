import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFakeGateway } from './fake-discord-gateway.ts';
import { CAN_WRITE, GUILD, hasGuild, isThread, toChannelPayload, toGuildPayload } from './fake-discord-guild.ts';
import { createFakeRest, type DiscordState } from './fake-discord-rest.ts';
import {
  createSnowflakes,
  type FakeAttachment,
  type FakeChannel,
  type FakeInteraction,
  type FakeMessage,
  toUser,
  withoutContent,
} from './fake-discord-world.ts';

const MESSAGE_CONTENT = 1 << 15;
/** What an application may be allowed in the developer portal: reading messages in full. */
export const MESSAGE_CONTENT_FLAG = 1 << 19;
const MANAGE_GUILD = 1n << 5n;

type State = Omit<DiscordState, 'dispatch' | 'changed' | 'gatewayUrl'>;

export interface Asked {
  userId?: string;
  channelId?: string;
  /** 0 guild, 1 DM with the bot, 2 another DM. */
  context?: 0 | 1 | 2;
  /** False where the app is only installed by the user, and its bot is not in the server. */
  isBotIn?: boolean;
  isAdmin?: boolean;
}

/** Plays Discord on loopback: REST and gateway with their rules. Tests speak for the people in it. */
export async function createFakeDiscord(options: Partial<State> = {}) {
  let skewMs = 0;
  let edits = 0;
  const createId = createSnowflakes();
  const now = () => Date.now() + skewMs;
  const watchers = new Set<() => void>();
  const gateway: { current?: ReturnType<typeof createFakeGateway> } = {};
  const server = createServer((request, response) => void rest.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const state: DiscordState = {
    token: 'fake.discord.token',
    applicationId: createId(),
    botId: '',
    applicationFlags: 0,
    isSwitchedOn: null,
    refusal: null,
    shards: 1,
    commands: [],
    channels: new Map(),
    messages: new Map(),
    interactions: new Map(),
    violations: [],
    requests: [],
    tokenLifetimeMs: 15 * 60_000,
    ackLimitMs: 3000,
    postRule: { limit: 5, perMs: 5000 },
    editRule: { limit: 5, perMs: 5000 },
    historyRule: { limit: 5, perMs: 5000 },
    webhookRule: { limit: 5, perMs: 2000 },
    closedDms: new Set(),
    nextFailures: [],
    leaveOut: (_of, payload) => payload,
    isMessageContentAllowed,
    now,
    createId,
    ...options,
    gatewayUrl: () => `ws://127.0.0.1:${port}`,
    dispatch: (t, guildId, toPayload) =>
      gateway.current?.dispatch(t, guildId, (intents) => state.leaveOut(t, toPayload(intents))),
    changed() {
      for (const watcher of watchers) watcher();
    },
  };
  state.botId ||= state.applicationId;
  const rest = createFakeRest(state);
  const events = new Map<string, () => void>();
  const text = addChannel({ type: 0, name: 'general' });
  gateway.current = createFakeGateway({
    server,
    token: state.token,
    refusedIntents: () => (isMessageContentAllowed() ? 0 : MESSAGE_CONTENT),
    refusal: () => state.refusal,
    ready: ([shardId, shardCount]) => ({
      payload: state.leaveOut('READY', {
        v: 10,
        user: toUser(state.botId, { isBot: true }),
        guilds: hasGuild(shardId, shardCount) ? [{ id: GUILD, unavailable: true }] : [],
        resume_gateway_url: state.gatewayUrl(),
        application: { id: state.applicationId, flags: state.applicationFlags },
      }) as object,
      guilds: hasGuild(shardId, shardCount) ? [state.leaveOut('GUILD_CREATE', toGuildPayload(state)) as object] : [],
    }),
  });

  function isMessageContentAllowed(): boolean {
    return state.isSwitchedOn ?? (state.applicationFlags & MESSAGE_CONTENT_FLAG) !== 0;
  }

  function addChannel(channel: Partial<FakeChannel>): FakeChannel {
    const added: FakeChannel = {
      id: createId(),
      type: 0,
      guildId: GUILD,
      parentId: null,
      name: 'channel',
      ownerId: null,
      isBotIn: true,
      ...channel,
    };
    state.channels.set(added.id, added);
    state.dispatch(isThread(added) ? 'THREAD_CREATE' : 'CHANNEL_CREATE', added.guildId, () => toChannelPayload(added));
    return added;
  }

  /** Discord hides what is written from bots it is not meant for, unless they were allowed to read along. */
  function toMessageEvent(message: FakeMessage, more: { isBot: boolean; webhookId: string | null; pings: boolean }) {
    const channel = state.channels.get(message.channelId);
    const original = message.replyTo ? state.messages.get(message.replyTo) : undefined;
    const isMention = message.content.includes(`<@${state.botId}>`);
    const isPinged = more.pings && original?.authorId === state.botId;
    return (intents: number) => {
      const isReadable = channel?.type === 1 || isMention || isPinged || (intents & MESSAGE_CONTENT) !== 0;
      const payload = rest.toPayload(message);
      return {
        ...(isReadable ? payload : withoutContent(payload)),
        type: message.more.type ?? (original ? 19 : 0),
        guild_id: channel?.guildId ?? undefined,
        author: toUser(message.authorId, { isBot: more.isBot }),
        webhook_id: more.webhookId ?? undefined,
        mentions: [
          ...(isMention || isPinged ? [toUser(state.botId, { isBot: true })] : []),
          ...((message.more.mentions as object[] | undefined) ?? []),
        ],
        message_reference: original
          ? { message_id: original.id, channel_id: message.channelId }
          : message.more.message_reference,
        referenced_message: original
          ? (intents & MESSAGE_CONTENT) !== 0 || original.authorId === state.botId
            ? rest.toPayload(original)
            : withoutContent(rest.toPayload(original))
          : undefined,
        member: channel?.guildId
          ? { roles: [], joined_at: new Date().toISOString(), deaf: false, mute: false, flags: 0 }
          : undefined,
      };
    };
  }

  function interact(type: number, data: object, asked: Asked & { source?: FakeMessage | null }): FakeInteraction {
    const { userId = '501', channelId = text.id, context = 0, isBotIn = true, isAdmin = false, source = null } = asked;
    const channel = state.channels.get(channelId);
    const guildId = context === 0 ? GUILD : null;
    const permissions = String(isAdmin ? CAN_WRITE | MANAGE_GUILD : CAN_WRITE);
    const interaction: FakeInteraction = {
      id: createId(),
      token: `token-${createId()}`,
      createdAt: now(),
      channelId,
      userId,
      sourceId: source?.id ?? null,
      response: null,
      ackMs: null,
      isEphemeral: false,
      originalId: null,
      choices: [],
      modal: null,
    };
    state.interactions.set(interaction.token, interaction);
    const user = toUser(userId);
    const payload = {
      id: interaction.id,
      application_id: state.applicationId,
      type,
      token: interaction.token,
      version: 1,
      data,
      channel_id: channelId,
      channel: channel ? toChannelPayload(channel) : { id: channelId, type: context === 0 ? 0 : 1 },
      guild_id: guildId ?? undefined,
      guild: guildId ? { id: guildId, locale: 'en-US', features: [] } : undefined,
      ...(guildId
        ? {
            member: {
              user,
              roles: [],
              joined_at: new Date().toISOString(),
              permissions,
              deaf: false,
              mute: false,
              flags: 0,
            },
          }
        : { user }),
      message: source
        ? rest.toPayload({ ...source, flags: source.isEphemeral ? source.flags | 64 : source.flags })
        : undefined,
      app_permissions: String(isBotIn ? CAN_WRITE : 0n),
      locale: 'en-US',
      entitlements: [],
      authorizing_integration_owners:
        isBotIn && context === 0 ? { 0: GUILD } : isBotIn && context === 1 ? { 0: '0' } : { 1: userId },
      context,
      attachment_size_limit: 10_000_000,
    };
    const send = () => state.dispatch('INTERACTION_CREATE', guildId, () => payload);
    events.set(interaction.id, send);
    send();
    return interaction;
  }

  function findButton(message: FakeMessage, label: string): string {
    const found = message.components.flatMap(({ components }) => components).find((button) => button.label === label);
    if (!found) throw new Error(`there is no button "${label}" under: ${message.content}`);
    return found.custom_id;
  }

  const shown = (channelId: string) =>
    [...state.messages.values()].filter(
      (message) => message.channelId === channelId && message.authorId === state.botId && !message.isDeleted,
    );

  return {
    state,
    guildId: GUILD,
    space: `discord:${GUILD}`,
    channelId: text.id,
    apiUrl: `http://127.0.0.1:${port}/api`,
    violations: state.violations,
    gateway: gateway.current,
    addChannel,
    /** Moves Discord's clock on. */
    advance(ms: number) {
      skewMs += ms;
    },

    /** Somebody writes a message. */
    say(
      content: string,
      said: Partial<{
        userId: string;
        channelId: string;
        replyTo: string;
        pings: boolean;
        isBot: boolean;
        webhookId: string;
        attachments: FakeAttachment[];
        more: Record<string, unknown>;
      }> = {},
    ): FakeMessage {
      const {
        userId = '501',
        channelId = text.id,
        replyTo = null,
        pings = true,
        isBot = false,
        webhookId = null,
        attachments = [],
        more = {},
      } = said;
      const message = rest.store({ channelId, authorId: userId, replyTo, attachments, more }, { content });
      const toEvent = toMessageEvent(message, { isBot, webhookId, pings });
      const send = () => state.dispatch('MESSAGE_CREATE', state.channels.get(channelId)?.guildId ?? null, toEvent);
      events.set(message.id, send);
      send();
      return message;
    },
    mention: `<@${state.botId}>`,

    /** Whoever wrote it changes it; without a text, Discord adds what it found at a link. */
    edit(message: FakeMessage, content: string | null): void {
      edits += 1;
      if (content === null) message.more.embeds = [{ type: 'link', title: 'A page', url: 'https://example.com' }];
      else {
        message.content = content;
        message.more.edited_timestamp = new Date(now() + edits).toISOString();
      }
      const guildId = state.channels.get(message.channelId)?.guildId ?? null;
      state.dispatch(
        'MESSAGE_UPDATE',
        guildId,
        toMessageEvent(message, { isBot: false, webhookId: null, pings: true }),
      );
    },

    /** Somebody opens a direct channel with the bot. */
    addDm(userId = '501'): FakeChannel {
      return addChannel({ id: `9${userId}`, type: 1, guildId: null, name: '' });
    },

    command(
      name: string,
      {
        subcommand,
        values = {},
        attachment,
        ...asked
      }: Asked & { subcommand?: string; values?: Record<string, string | boolean>; attachment?: FakeAttachment } = {},
    ): FakeInteraction {
      return interact(2, toCommand(name, { subcommand, values, attachment }), asked);
    },

    /** The list that Discord shows while somebody types. */
    complete(name: string, subcommand: string, option: string, typed: string, asked: Asked = {}): FakeInteraction {
      const data = toCommand(name, { subcommand, values: { [option]: typed } });
      const [sub] = data.options as { options: object[] }[];
      const focused = {
        ...data,
        options: [{ ...sub, options: sub?.options.map((one) => ({ ...one, focused: true })) }],
      };
      return interact(4, focused, asked);
    },

    messageCommand(name: string, message: FakeMessage, asked: Asked = {}): FakeInteraction {
      const messages = { [message.id]: { ...rest.toPayload(message), author: toUser(message.authorId) } };
      return interact(2, { id: '3', name, type: 3, target_id: message.id, resolved: { messages } }, asked);
    },

    press(message: FakeMessage, label: string, asked: Asked = {}): FakeInteraction {
      return this.pressId(message, findButton(message, label), asked);
    },

    pressId(message: FakeMessage, customId: string, asked: Asked = {}): FakeInteraction {
      return interact(
        3,
        { component_type: 2, custom_id: customId },
        { channelId: message.channelId, ...asked, source: message },
      );
    },

    /** Fills in the modal that an interaction opened. */
    submit(opener: FakeInteraction, values: Record<string, string>, asked: Asked = {}): FakeInteraction {
      const components = Object.entries(values).map(([custom_id, value]) => ({
        type: 1,
        components: [{ type: 4, custom_id, value }],
      }));
      const source = opener.sourceId ? (state.messages.get(opener.sourceId) ?? null) : null;
      const data = { custom_id: opener.modal?.custom_id ?? '', components };
      return interact(5, data, { channelId: opener.channelId, userId: opener.userId, ...asked, source });
    },

    /** The same event comes again, as after a resume. */
    redeliver(event: { id: string }): void {
      events.get(event.id)?.();
    },

    /** What people see of the bot in a channel. */
    shown: (channelId = text.id) => shown(channelId),
    /** What an interaction was answered with, in order. */
    answers: (interaction: FakeInteraction) =>
      [...state.messages.values()].filter(
        (message) =>
          !message.isDeleted &&
          (message.interactionToken === interaction.token || message.id === interaction.originalId),
      ),

    /** Resolves with what `look` finds, as soon as it finds something. */
    until<T>(look: () => T | undefined | null | false): Promise<T> {
      return new Promise((resolve) => {
        const check = () => {
          const found = look();
          if (!found) return;
          watchers.delete(check);
          resolve(found);
        };
        watchers.add(check);
        check();
      });
    },

    async [Symbol.asyncDispose]() {
      gateway.current?.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function toCommand(
  name: string,
  {
    subcommand,
    values,
    attachment,
  }: {
    subcommand?: string | undefined;
    values: Record<string, string | boolean>;
    attachment?: FakeAttachment | undefined;
  },
) {
  const options: object[] = Object.entries(values).map(([key, value]) => ({
    name: key,
    type: typeof value === 'boolean' ? 5 : key === 'channel' ? 7 : 3,
    value,
  }));
  if (attachment) options.push({ name: 'file', type: 11, value: attachment.id });
  return {
    id: '2',
    name,
    type: 1,
    options: subcommand ? [{ name: subcommand, type: 1, options }] : options,
    resolved: {
      attachments: attachment ? { [attachment.id]: attachment } : undefined,
      channels: values.channel
        ? { [String(values.channel)]: { id: values.channel, type: 0, name: 'channel' } }
        : undefined,
    },
  };
}
