import { type Message, MessageType } from 'discord.js';
import type { Attachment } from '../shared/attachments.ts';
import {
  filesOf,
  filesText,
  isVoiceMessage,
  quoted,
  type ReadableMessage,
  readableText,
  toReadable,
} from './readable-message.ts';
import { createShownNames } from './shown-names.ts';

/** What a message asks, with all that people see in it. */
export interface MessageQuestion {
  /** Empty when there is nothing to read but files. */
  text: string;
  files: Attachment[];
  isVoice: boolean;
  /** Whether there is anything to read in the message itself. */
  hasOwnWords: boolean;
  /** Whether it is a reply to something that Discord does not show to this bot. */
  isOriginalHidden: boolean;
}

const LOOK_AT_THIS = 'Please have a look at this.';

/** What was written, without the mention that called us, and what it is a reply to, where that is somebody else's. */
export function readQuestion(message: Message): MessageQuestion {
  const readable = toReadable(message);
  const written = readText(message, { ...readable, content: withoutOurMention(message) });
  const original = findOriginal(message);
  const reply = original ? readOriginal(original) : null;
  const replied = reply?.text ?? '';
  return {
    text: replied === '' ? written : `${written || LOOK_AT_THIS}\n\n${replied}`,
    files: [...filesOf(readable), ...(reply?.files ?? [])],
    isVoice: isVoiceMessage(readable),
    hasOwnWords: written !== '',
    isOriginalHidden: reply?.isHidden ?? false,
  };
}

/** Everything in somebody's message that is asked about; `text` is empty when there is nothing to read but files. */
export function readAsked(message: Message): { text: string; files: Attachment[]; isVoice: boolean } {
  const readable = toReadable(message);
  return { text: readText(message, readable), files: filesOf(readable), isVoice: isVoiceMessage(readable) };
}

/** Text in which a question without words of its own asks for a look at its files. */
export function askAboutFiles(text: string): string {
  return text || LOOK_AT_THIS;
}

function readText({ client, guildId }: Message, readable: ReadableMessage): string {
  return readableText(readable, createShownNames(client, { guildId, mentioned: readable.mentions ?? [] }));
}

function withoutOurMention({ content, client, mentions }: Message): string {
  const me = client.user.id;
  const roles = mentions.roles.filter((role) => role.tags?.botId === me).map((role) => role.id);
  const ours = new RegExp(`<@!?${me}>|${roles.map((id) => `<@&${id}>`).join('|') || '(?!)'}`, 'g');
  return content.replace(ours, ' ').trim();
}

/** Our own answers are in the conversation anyway. */
function findOriginal({ channel, reference, client, type }: Message): Message | null {
  if (type !== MessageType.Reply) return null;
  const original = channel.messages.cache.get(reference?.messageId ?? '');
  return original && original.author.id !== client.user.id ? original : null;
}

function readOriginal(original: Message) {
  const { text, files, isVoice } = readAsked(original);
  const name = original.member?.displayName ?? original.author.displayName;
  const names = isVoice ? filesText(toReadable(original)) : '';
  const told = [text, names].filter(Boolean).join('\n');
  if (told !== '') return { text: `${name} had written:\n${quoted(told)}`, files, isHidden: false };
  if (files.length > 0) return { text: `It is a reply to what ${name} had sent.`, files, isHidden: false };
  return {
    text: `It is a reply to a message of ${name} that you cannot read, because Discord does not show it to you.`,
    files,
    isHidden: true,
  };
}
