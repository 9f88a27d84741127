import { randomUUID } from 'node:crypto';

export interface ShownMessage {
  id: string;
  channel: string;
  text: string;
  replyTo: string | null;
  via: 'irc' | 'api';
  /** Whether it is shown as a chat bot's. */
  hasBadge: boolean;
}

export interface FakeChannel {
  login: string;
  roomId: string;
  isBotModerator: boolean;
  /** Whether the broadcaster has allowed the application's bot (scope channel:bot). */
  allowsBot: boolean;
  /** Answers to every message of the bot with this reason not to show it. */
  refusal: string | null;
  /** Ids of messages that can be replied to. */
  messageIds: Set<string>;
}

export type PostResult = { isSent: true; message: ShownMessage } | { isSent: false; code: string };

const MUTED_MS = 30 * 60_000;
const MOST_CHARACTERS = 500;

/**
 * The rules that Twitch has for what an account sends, in whatever way: how much in how long, how long, what is the
 * same, what is a command. It keeps what was shown, what was executed, and every rule that was broken.
 */
export function createFakeChat({ windowMs }: { windowMs: number }) {
  const channels = new Map<string, FakeChannel>();
  const shown: ShownMessage[] = [];
  const executed: string[] = [];
  const violations: string[] = [];
  const sent: { at: number; channel: string; text: string; isDropped: boolean }[] = [];
  const nextDrops: string[] = [];
  let mutedUntil = 0;

  function post(message: Omit<ShownMessage, 'id'>): PostResult {
    const { channel: login, text } = message;
    const channel = channels.get(login);
    const now = Date.now();
    if (!channel) return { isSent: false, code: 'msg_room_not_found' };
    if (now < mutedUntil) {
      violations.push('sent while muted');
      return { isSent: false, code: 'msg_ratelimit' };
    }
    const lately = sent.filter(({ at }) => now - at < windowMs);
    sent.push({ at: now, channel: login, text, isDropped: false });
    if (lately.length >= (channel.isBotModerator ? 100 : 20)) {
      violations.push(`${lately.length + 1} messages in ${windowMs} ms`);
      mutedUntil = now + MUTED_MS;
      return { isSent: false, code: 'msg_ratelimit' };
    }
    if ([...text].length > MOST_CHARACTERS) {
      violations.push(`a message of ${[...text].length} characters`);
      return { isSent: false, code: 'too_long' };
    }
    if (/[\r\n\0]/.test(text)) violations.push('a line break in a message');
    if (/^[/.\\]/.test(text)) {
      executed.push(text);
      violations.push('a command in a message');
      return { isSent: false, code: 'msg_rejected' };
    }
    const refusal = channel.refusal ?? nextDrops.shift();
    if (refusal) {
      markDropped();
      return { isSent: false, code: refusal };
    }
    if (lately.some((one) => !one.isDropped && one.channel === login && one.text === text)) {
      markDropped();
      return { isSent: false, code: 'msg_duplicate' };
    }
    const result = { ...message, id: randomUUID() };
    shown.push(result);
    return { isSent: true, message: result };
  }

  function markDropped(): void {
    const last = sent.at(-1);
    if (last) last.isDropped = true;
  }

  return {
    channels,
    shown,
    executed,
    violations,
    post,
    /** The next message of the bot is not shown, for this reason. */
    dropNext: (code: string) => void nextDrops.push(code),
    addChannel(login: string, options: Partial<FakeChannel> = {}): FakeChannel {
      const channel: FakeChannel = {
        login,
        roomId: String(5000 + channels.size),
        isBotModerator: false,
        allowsBot: true,
        refusal: null,
        messageIds: new Set(),
        ...options,
      };
      channels.set(login, channel);
      return channel;
    },
  };
}

export type FakeChat = ReturnType<typeof createFakeChat>;
