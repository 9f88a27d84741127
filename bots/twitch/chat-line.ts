import { randomUUID } from 'node:crypto';
import type { ChatUserstate } from 'tmi.js';
import { findQuote, type QuotedMessage, withoutAddressee } from './quoted-message.ts';
import { toVisibleText } from './visible-text.ts';

/** From the least to the most that somebody may do in a channel. */
export const LEVELS = ['everyone', 'sub', 'vip', 'mod'] as const;

export type Level = (typeof LEVELS)[number];

/** One message in a channel's chat, translated. */
export interface ChatLine {
  /** The same in every channel of a shared chat. */
  eventId: string;
  /** Of the message in this channel: what a reply points to; empty where the server gives none. */
  messageId: string;
  /** Login name of the channel. */
  channel: string;
  /** Empty where the server has not said it. */
  roomId: string;
  /** Where it was written, when that was in another channel of a shared chat. */
  sourceRoomId: string | null;
  userId: string;
  login: string;
  displayName: string;
  level: Level;
  isBroadcaster: boolean;
  isBot: boolean;
  text: string;
  /** What it replies to, where that is not what the bot said to its author. */
  quote: QuotedMessage | null;
}

/** Bots that run in many channels and carry no badge that says so. */
const KNOWN_BOTS = new Set([
  'nightbot',
  'streamelements',
  'streamlabs',
  'moobot',
  'fossabot',
  'wizebot',
  'botrixoficial',
  'sery_bot',
  'soundalerts',
  'pokemoncommunitygame',
]);

/**
 * Null for what is no chat message of a person in a channel.
 * @param said.knownRoomId of the channel, for a server that does not say it with each message; may be empty
 * @param said.botLogin as whom this bot speaks
 */
export function toChatLine(
  channel: string,
  tags: ChatUserstate,
  { text, knownRoomId, botLogin }: { text: string; knownRoomId: string; botLogin: string },
): ChatLine | null {
  const login = tags.username?.toLowerCase() ?? '';
  if (tags['message-type'] === 'whisper' || login === '') return null;

  const messageId = toId(tags.id) ?? '';
  const userId = toId(tags['user-id']) ?? `login:${login}`;
  const roomId = toId(tags['room-id']) ?? knownRoomId;

  const badges = tags.badges ?? {};
  const sourceRoomId = toId(tags['source-room-id']);
  const quote = findQuote(tags);
  const isToBot = quote?.login === botLogin;
  const isOwnThread = toId(tags['reply-thread-parent-user-id']) === userId;
  const visible = toVisibleText(text);
  const isBroadcaster = 'broadcaster' in badges || login === toLogin(channel);
  return {
    eventId: toId(tags['source-id']) ?? (messageId || randomUUID()),
    messageId,
    channel: toLogin(channel),
    roomId,
    sourceRoomId: sourceRoomId === roomId ? null : sourceRoomId,
    userId,
    login,
    displayName: tags['display-name'] || login,
    level: toLevel(tags, isBroadcaster),
    isBroadcaster,
    isBot: 'bot-badge' in badges || KNOWN_BOTS.has(login),
    text: quote === null || isToBot ? visible : withoutAddressee(visible, quote),
    quote: isToBot && isOwnThread ? null : quote,
  };
}

/** A channel as Twitch's API has it, from how its chat server does: `#Ada` is `ada`. */
export function toLogin(channel: string): string {
  return channel.replace(/^#/, '').toLowerCase();
}

/** tmi.js turns the values "1" and "0" of any tag into booleans. */
export function toId(value: unknown): string | null {
  if (value === true) return '1';
  if (value === false) return '0';
  return typeof value === 'string' && /^[\w-]+$/.test(value) ? value : null;
}

function toLevel(tags: ChatUserstate, isBroadcaster: boolean): Level {
  const badges = tags.badges ?? {};
  if (isBroadcaster || tags.mod === true || 'moderator' in badges || 'lead_moderator' in badges) return 'mod';
  if (tags.vip === true || 'vip' in badges) return 'vip';
  if (tags.subscriber === true || 'subscriber' in badges || 'founder' in badges) return 'sub';
  return 'everyone';
}

/** Whether its writer has this level or a higher one. */
export function hasLevel(line: ChatLine, needed: Level): boolean {
  return LEVELS.indexOf(line.level) >= LEVELS.indexOf(needed);
}
