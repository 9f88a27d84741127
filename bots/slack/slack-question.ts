import type { CutAnswer } from './answer-blocks.ts';
import { filesOf, hasMoreThanText, readableText, type SlackMessage } from './message-text.ts';
import type { SlackFile } from './slack-file.ts';

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
  /** All that can be read in it, as Slack writes it, with `<@U…>` and entities. */
  text: string;
  /** Whether there was more in the message than its text and files, so that without both it was not empty. */
  hasMore?: boolean;
  files: SlackFile[];
  /** The message a shortcut was used on. */
  about: string | null;
  /** Where an answer that only the asker sees goes; null for one that others may see. */
  responseUrl: string | null;
  isMention: boolean;
  /** Set when the message was edited, to when, as Slack writes times. */
  editedAt?: string;
  /** Set when this is another try at the question of that turn. */
  retryOf: string | null;
  /** Set when a cut answer is to go on. */
  goOnWith?: CutAnswer;
}

/** The parts of Slack's `message` and `app_mention` events that we read. */
export interface MessageEvent extends SlackMessage {
  type: string;
  subtype?: string;
  channel: string;
  channel_type?: string;
  user?: string;
  user_team?: string;
  team?: string;
  bot_id?: string;
  app_id?: string;
  ts: string;
  thread_ts?: string;
  hidden?: boolean;
  edited?: { ts?: string };
  /** Of `message_changed`: the message as it is now, and as it was. */
  message?: MessageEvent;
  previous_message?: MessageEvent;
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
  if (isMention && isDirect) return null;
  if (!isMention && !isDirect && mentions(event.text ?? '', botUserId)) return null;
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
    text: readableText(event),
    files: filesOf(event),
    hasMore: hasMoreThanText(event),
    ...(event.edited?.ts && { editedAt: event.edited.ts }),
    about: null,
    responseUrl: null,
    isMention,
    retryOf: null,
  };
}

/**
 * What a message that somebody has edited asks now; null for changes that Slack makes itself, such as the preview of a
 * link, and for those of bots. Whether it was a question before is for the caller to find out.
 */
export function parseEdit(
  envelope: EventEnvelope,
  { channel, channel_type, subtype, message, previous_message }: MessageEvent,
  options: { botUserId: string },
): SlackQuestion | null {
  if (subtype !== 'message_changed' || !message?.edited?.ts) return null;
  if (previous_message && previous_message.text === message.text) return null;
  const isDirect = channel_type === 'im' || channel.startsWith('D');
  const spoken = { ...message, channel, channel_type, type: isDirect ? 'message' : 'app_mention' };
  return parseMessageEvent(envelope, spoken, options);
}

function mentions(text: string, userId: string): boolean {
  return text.includes(`<@${userId}>`) || text.includes(`<@${userId}|`);
}
