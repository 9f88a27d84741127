import { type Message, MessageType, type PartialMessage } from 'discord.js';
import { type Attachment, declinedSentence, readAttachments } from '../shared/attachments.ts';
import { errorSentence } from '../shared/error-sentence.ts';
import { type Acceptance, acceptQuestion } from './accept-question.ts';
import { claimEvent } from './claim-event.ts';
import type { DiscordContext } from './context.ts';
import { deliver } from './deliver.ts';
import type { Delivery } from './delivery.ts';
import { arrivalPlace, type DiscordPlace, placeOfMessage } from './discord-place.ts';
import { askAboutFiles, type MessageQuestion, readQuestion } from './message-question.ts';
import { VOICE } from './readable-message.ts';
import { sendMessage } from './send-message.ts';

const WRITTEN_BY_PEOPLE: ReadonlySet<MessageType> = new Set([MessageType.Default, MessageType.Reply]);
const HIDDEN =
  'Discord does not show me replies like this one. Please mention me in it, send me a direct message, or press "Follow up" under my answer.';
const NOTHING_ASKED = 'What would you like to know? Write your question after my name.';
const HIDDEN_ORIGINAL =
  'Discord does not show me the message you reply to. Forward it to me, use "Apps", "Ask about this" on it, or copy its text.';
/** Who forgot to write the question, or to mention us, adds it soon. */
const MENDED_WITHIN_MS = 10 * 60_000;
const IGNORED: Acceptance = { outcome: 'refused', sentence: null };

/** Answers an edited question anew, where its first answer is; what Discord itself adds to messages is no edit. */
export async function answerEdit(context: DiscordContext, message: Message | PartialMessage): Promise<void> {
  const at = message.editedAt;
  if (at === null || message.author?.id === message.client.user.id) return;
  const wasAsked = (await context.app.turns.findByMessage('discord', message.id)) !== null;
  if (!wasAsked && at.getTime() - message.createdTimestamp > MENDED_WITHIN_MS) return;
  const whole = message.partial ? await message.fetch() : message;
  await answerMessage(context, whole, { at });
}

/** Answers a message that is meant for the assistant: in a DM, by mention, as a reply to it, or in a thread of its own. */
export async function answerMessage(context: DiscordContext, message: Message, edit?: { at: Date }): Promise<void> {
  if (message.author.bot || message.author.system || message.webhookId !== null) return;
  if (!WRITTEN_BY_PEOPLE.has(message.type)) return;
  const place = placeOfMessage(message);
  try {
    const taken = await context.arrivals.run(arrivalPlace(message), () => takeOn(context, message, { place, edit }));
    if (taken.outcome === 'refused' && taken.sentence !== null) await say(context, message, taken.sentence);
    if (taken.outcome !== 'accepted') return;
    const { turnId, delivery } = taken;
    const events = context.app.turns.follow(turnId, { signal: context.leaving });
    await deliver(context, { turnId, delivery, events });
  } catch (error) {
    context.logger.error({ messageId: message.id, err: error }, 'a message could not be answered');
    if (place.guildId !== null && !isAddressed(message)) return;
    await say(context, message, errorSentence(error, { turnId: message.id }));
  }
}

async function isMeantForUs(context: DiscordContext, message: Message, place: DiscordPlace): Promise<boolean> {
  if (place.guildId === null) return true;
  const { text, files } = readQuestion(message);
  const isReadable = text !== '' || files.length > 0;
  if (!isAddressed(message) && !isReadable) return false;
  const { isEnabled, mentionNeeded } = await context.app.places.settings({
    platform: 'discord',
    space: place.conversation.space,
    channel: place.settingsChannel,
  });
  const isOurThread = message.channel.isThread() && message.channel.ownerId === message.client.user.id;
  return isEnabled && (isAddressed(message) || isOurThread || !mentionNeeded);
}

function isAddressed(message: Message): boolean {
  return isMentioned(message) || isReplyToUs(message);
}

function isMentioned({ mentions, client }: Message): boolean {
  // A bot's own role carries its name, so people pick it from the list as often as the bot itself.
  return mentions.users.has(client.user.id) || mentions.roles.some((role) => role.tags?.botId === client.user.id);
}

function isReplyToUs({ mentions, client }: Message): boolean {
  return mentions.repliedUser?.id === client.user.id;
}

async function takeOn(
  context: DiscordContext,
  message: Message,
  { place, edit }: { place: DiscordPlace; edit: { at: Date } | undefined },
): Promise<Acceptance> {
  // Looked at again in its turn: the message may have been on its way just before.
  const wasAsked = edit !== undefined && (await context.app.turns.findByMessage('discord', message.id)) !== null;
  if (!wasAsked && !(await isMeantForUs(context, message, place))) return IGNORED;
  const eventId = edit ? `${message.id}:${edit.at.getTime()}` : message.id;
  if (!(await claimEvent(context, eventId))) return { outcome: 'duplicate' };
  const asked = readQuestion(message);
  if (message.content === '' && isReplyToUs(message) && asked.files.length === 0 && asked.text === '') {
    return { outcome: 'refused', sentence: HIDDEN };
  }
  const read = await readAttachments(asked.isVoice ? [] : asked.files, context.fetchText);
  const note = declinedSentence(read.declined);
  const isReadable = read.text !== '' || read.imageUrls.length > 0;
  if (!isReadable && !hasWords(asked)) return { outcome: 'refused', sentence: whyNothing(asked, note) };
  return acceptQuestion(context, {
    eventId,
    messageId: message.id,
    edit: edit && { at: edit.at, wasAsked },
    asker: message.author,
    askerName: message.member?.displayName ?? message.author.displayName,
    place,
    text: [askAboutFiles(asked.text), read.text].filter(Boolean).join('\n\n'),
    imageUrls: read.imageUrls,
    delivery: messageDelivery(message, place, note),
  });
}

/** A reply to what cannot be read asks nothing, unless it has words of its own. */
function hasWords({ text, isOriginalHidden, hasOwnWords }: MessageQuestion): boolean {
  return isOriginalHidden ? hasOwnWords : text !== '';
}

function whyNothing({ isVoice, isOriginalHidden }: MessageQuestion, note: string): string {
  if (isVoice) return VOICE;
  if (isOriginalHidden) return HIDDEN_ORIGINAL;
  return note || NOTHING_ASKED;
}

export function toAttachment(attachment: {
  name: string;
  contentType: string | null;
  size: number;
  url: string;
}): Attachment {
  const { name, contentType, size, url } = attachment;
  return { name, contentType, size, url };
}

function messageDelivery(message: Message, place: DiscordPlace, note: string): Delivery {
  return {
    guildId: place.guildId,
    channelId: place.channelId,
    askerId: message.author.id,
    replyTo: message.id,
    isPrivate: false,
    canPost: place.canPost,
    canOpenThread: place.canOpenThread,
    ...(place.isThread && { thread: { id: place.channelId, before: message.id } }),
    note,
    messageIds: [],
    originalId: null,
    interaction: null,
  };
}

function say(context: DiscordContext, message: Message, content: string): Promise<void> {
  return sendMessage(context, { channelId: message.channelId, replyTo: message.id, content });
}
