import { type Message, MessageFlags, type MessageSnapshot, MessageType } from 'discord.js';
import type { Attachment } from '../shared/attachments.ts';
import { componentsText, embedText, pollText } from './message-parts.ts';
import { type NamedUser, type ShownNames, toShownText } from './shown-names.ts';

interface RawAttachment {
  filename?: string;
  title?: string;
  content_type?: string | null;
  size?: number;
  url?: string;
  /** What somebody wrote about it for those who cannot see it. */
  description?: string | null;
}

/** A message as Discord's API gives it, wherever it does. All of it may be missing. */
export interface ReadableMessage {
  type?: number;
  content?: string;
  embeds?: unknown[];
  components?: unknown[];
  poll?: unknown;
  sticker_items?: { name?: string }[];
  attachments?: RawAttachment[];
  message_snapshots?: { message?: ReadableMessage }[];
  flags?: number;
  mentions?: NamedUser[];
  /** What a thread begins with, in the message that Discord writes at its beginning. */
  referenced_message?: ReadableMessage | null;
}

const LONGEST = 12_000;
const MOST = 20;

/** Told to whoever sends one. */
export const VOICE = 'I cannot listen to voice messages. Please write to me instead.';

/** News that Discord tells in words of its own, of which it gives only the kind. */
const NEWS: Partial<Record<number, string>> = {
  [MessageType.RecipientAdd]: '[added somebody]',
  [MessageType.RecipientRemove]: '[removed somebody]',
  [MessageType.Call]: '[started a call]',
  [MessageType.ChannelPinnedMessage]: '[pinned a message]',
  [MessageType.UserJoin]: '[joined the server]',
  [MessageType.GuildBoost]: '[boosted the server]',
};
const NEWS_WITH_A_NAME: Partial<Record<number, string>> = {
  [MessageType.ChannelNameChange]: 'changed the name to',
  [MessageType.ThreadCreated]: 'started a thread:',
};

/** What the library made of a message, as Discord's API had it. */
export function toReadable(message: Message | MessageSnapshot): ReadableMessage {
  const { poll, messageSnapshots } = message;
  return {
    type: message.type,
    content: message.content ?? '',
    embeds: (message.embeds ?? []).map(({ data }) => data),
    components: (message.components ?? []).map((component) => component.toJSON()),
    poll: poll && {
      question: { text: poll.question?.text },
      answers: [...poll.answers.values()].map(({ text, emoji }) => ({ poll_media: { text, emoji } })),
    },
    sticker_items: [...(message.stickers?.values() ?? [])].map(({ name }) => ({ name })),
    attachments: [...(message.attachments?.values() ?? [])].map(({ name, contentType, size, url, description }) => ({
      filename: name,
      content_type: contentType,
      size,
      url,
      description,
    })),
    message_snapshots: [...(messageSnapshots?.values() ?? [])].map((snapshot) => ({
      message: toReadable(snapshot),
    })),
    flags: Number(message.flags?.bitfield ?? 0),
    mentions: [...(message.mentions?.users.values() ?? [])].map(({ id, username, globalName }) => ({
      id,
      username,
      global_name: globalName,
    })),
  };
}

/**
 * All that people read in a message but its files: text, polls, stickers, embeds and previews of links, components,
 * what is forwarded in it (set in with `>`), and news of Discord's own. Empty when there is nothing to read.
 */
export function readableText(message: ReadableMessage, names: ShownNames): string {
  const { referenced_message: original, type } = message;
  if (type === MessageType.ThreadStarterMessage && original) return readableText({ ...original, type: 0 }, names);
  const forwarded = (message.message_snapshots ?? []).slice(0, MOST).map((snapshot) => forwardedText(snapshot, names));
  const parts = [ownText(message, names), ...forwarded].filter((part) => part !== '');
  return shortened(parts.join('\n\n'));
}

/** The files of a message and of what is forwarded in it. */
export function filesOf(message: ReadableMessage): Attachment[] {
  const forwarded = (message.message_snapshots ?? []).flatMap((snapshot) => filesOf(snapshot.message ?? {}));
  const own = (message.attachments ?? []).map(({ filename, title, content_type, size, url }) => ({
    name: title ?? filename ?? 'a file',
    contentType: content_type ?? null,
    size: size ?? 0,
    url: url ?? '',
  }));
  return [...own, ...forwarded];
}

/** The names of files, for where the files themselves are not read. */
export function filesText(message: ReadableMessage): string {
  if (isVoiceMessage(message)) return '[a voice message, which cannot be read]';
  return (message.attachments ?? [])
    .slice(0, MOST)
    .map(({ filename, title }) => `[file: ${title ?? filename ?? 'without a name'}]`)
    .join('\n');
}

export function isVoiceMessage({ flags, message_snapshots = [] }: ReadableMessage): boolean {
  const isVoice = ((flags ?? 0) & MessageFlags.IsVoiceMessage) !== 0;
  return isVoice || message_snapshots.some(({ message }) => message !== undefined && isVoiceMessage(message));
}

/** Other people's words, each line marked as quoted. */
export function quoted(text: string): string {
  return text.replaceAll(/^/gm, '> ');
}

function ownText(message: ReadableMessage, names: ShownNames): string {
  const { content = '', embeds = [], components, poll, sticker_items = [], attachments = [], type = 0 } = message;
  const written = NEWS_WITH_A_NAME[type] ? `[${NEWS_WITH_A_NAME[type]} ${content}]` : (NEWS[type] ?? content);
  const parts = [
    written.trim(),
    pollText(poll),
    ...sticker_items.map(({ name }) => (name ? `[sticker: ${name}]` : '')),
    componentsText(components),
    ...embeds.slice(0, MOST).map(embedText),
    ...attachments.slice(0, MOST).flatMap(({ description, filename }) => {
      return description?.trim() ? [`[${filename ?? 'file'}: ${description.trim()}]`] : [];
    }),
  ];
  return toShownText(parts.filter((part) => part !== '').join('\n\n'), names);
}

function forwardedText({ message = {} }: { message?: ReadableMessage }, names: ShownNames): string {
  const text = [ownText(message, names), isVoiceMessage(message) ? filesText(message) : ''].filter(Boolean).join('\n');
  return text === '' ? '' : `Forwarded message:\n${quoted(shortened(text))}`;
}

function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST).toWellFormed()} …` : text;
}
