/** A file somebody attached; `url` needs the bot's token. */
export interface SlackFile {
  name: string;
  contentType: string;
  size: number;
  url: string;
}

/** A question from any part of Slack, translated; kept, encrypted, until its outcome is visible. */
export interface SlackQuestion {
  /** Slack's id of the event, by which a redelivery is known. */
  id: string;
  /** The workspace that installed the app. */
  teamId: string;
  channel: string;
  isDirect: boolean;
  /** Whether other organisations share the channel; null when Slack did not say. */
  isExternal: boolean | null;
  /** The thread the message is in; null at the top level. */
  threadTs: string | null;
  /** The message itself; null for commands and shortcuts, which leave none. */
  ts: string | null;
  userId: string;
  /** The asker's own workspace: another one than `teamId` for guests of a shared channel. */
  userTeamId: string;
  /** As Slack writes it, with `<@U…>` and entities. */
  text: string;
  files: SlackFile[];
  /** The message a shortcut was used on. */
  about: string | null;
  /** Where an answer that only the asker sees goes; null for one that others may see. */
  responseUrl: string | null;
  isMention: boolean;
  /** Set when this is another try at the question of that turn. */
  retryOf: string | null;
}

/** The parts of Slack's `message` and `app_mention` events that we read. */
export interface MessageEvent {
  type: string;
  subtype?: string;
  channel: string;
  channel_type?: string;
  user?: string;
  user_team?: string;
  team?: string;
  bot_id?: string;
  app_id?: string;
  text?: string;
  ts: string;
  thread_ts?: string;
  hidden?: boolean;
  files?: { name?: string; mimetype?: string; size?: number; url_private?: string; mode?: string }[];
}

export interface EventEnvelope {
  event_id?: string;
  team_id?: string;
  is_ext_shared_channel?: boolean;
  authorizations?: { team_id: string | null }[];
}

/** What people say; every other subtype is Slack's news (joins, edits, deletions), bots' or our own. */
const SPOKEN_SUBTYPES = new Set([undefined, 'file_share', 'thread_broadcast', 'me_message']);

/**
 * The question in a `message` or `app_mention` event; null when nobody asks anything: other bots, ourselves, edits,
 * and the `message` twin that Slack sends with every `app_mention`.
 */
export function parseMessageEvent(
  envelope: EventEnvelope,
  event: MessageEvent,
  { botUserId }: { botUserId: string },
): SlackQuestion | null {
  if (!SPOKEN_SUBTYPES.has(event.subtype) || event.hidden || event.bot_id || !event.user) return null;
  if (event.user === botUserId || event.user === 'USLACKBOT') return null;
  const isDirect = event.channel_type === 'im' || event.channel.startsWith('D');
  const isMention = event.type === 'app_mention';
  const text = event.text ?? '';
  if (isMention && isDirect) return null;
  if (!isMention && !isDirect && mentions(text, botUserId)) return null;
  const teamId = envelope.authorizations?.[0]?.team_id ?? envelope.team_id ?? event.team ?? '';
  return {
    id: envelope.event_id ?? `${event.channel}:${event.ts}`,
    teamId,
    channel: event.channel,
    isDirect,
    isExternal: envelope.is_ext_shared_channel ?? null,
    threadTs: event.thread_ts ?? null,
    ts: event.ts,
    userId: event.user,
    userTeamId: event.user_team ?? event.team ?? teamId,
    text,
    files: (event.files ?? []).flatMap(toFile),
    about: null,
    responseUrl: null,
    isMention,
    retryOf: null,
  };
}

function toFile(file: NonNullable<MessageEvent['files']>[number]): SlackFile[] {
  if (!file.url_private || file.mode === 'tombstone') return [];
  return [
    {
      name: file.name ?? 'file',
      contentType: file.mimetype ?? 'application/octet-stream',
      size: file.size ?? 0,
      url: file.url_private,
    },
  ];
}

function mentions(text: string, userId: string): boolean {
  return text.includes(`<@${userId}>`) || text.includes(`<@${userId}|`);
}

const REFERENCE = /<([^<>]+)>/g;

/** Slack's own writing as plain text: our mention removed, links and names readable, entities decoded. */
export function toPlainText(text: string, { botUserId }: { botUserId: string }): string {
  return text
    .replace(REFERENCE, (_, reference: string) => {
      const [target = '', label] = reference.split('|');
      if (target === `@${botUserId}`) return '';
      if (target.startsWith('!')) return `@${label?.replace(/^@/, '') ?? target.slice(1)}`;
      if (target.startsWith('@') || target.startsWith('#')) return `${target[0]}${label ?? target.slice(1)}`;
      return label && label !== target ? `${label} (${target})` : target;
    })
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim();
}
