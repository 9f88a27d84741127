import { LEVELS, type Level } from './chat-line.ts';

export type ChannelChange =
  | { setting: 'state' }
  | { setting: 'unknown' }
  | { setting: 'pause' | 'resume' }
  | { setting: 'cooldown'; of: 'person' | 'channel'; seconds: number }
  | { setting: 'level'; level: Level }
  | { setting: 'instructions'; instructions: string }
  | { setting: 'model'; model: string | null };

/** What a chat message wants of the assistant. */
export type ChatCommand =
  | { kind: 'ask'; question: string }
  | { kind: 'new' | 'help' | 'stop' }
  | { kind: 'join' | 'leave' }
  | { kind: 'account' | 'link' | 'wallet' }
  | { kind: 'forget'; isConfirmed: boolean }
  | { kind: 'ai'; change: ChannelChange };

export const MOST_COOLDOWN_SECONDS = 3600;

/**
 * Reads a chat message; null when it is not for the assistant.
 * @param botLogin as whom the bot is mentioned
 */
export function parseChatCommand(text: string, botLogin: string): ChatCommand | null {
  const [, command, rest = ''] = text.match(/^!(\w+)(?:\s+([\s\S]*))?$/) ?? [];
  switch (command?.toLowerCase()) {
    case 'ask':
      return rest.trim() === '' ? { kind: 'help' } : { kind: 'ask', question: rest.trim() };
    case 'new':
    case 'help':
    case 'stop':
    case 'account':
    case 'link':
    case 'wallet':
    case 'join':
    case 'leave':
      return rest.trim() === '' ? ({ kind: command.toLowerCase() } as ChatCommand) : null;
    case 'forget':
      return parseForget(rest.trim().toLowerCase());
    case 'ai':
      return { kind: 'ai', change: parseChange(rest.trim()) };
    default:
      return text.startsWith('!') ? null : parseMention(text, botLogin);
  }
}

function parseForget(rest: string): ChatCommand | null {
  return rest === '' || rest === 'confirm' ? { kind: 'forget', isConfirmed: rest === 'confirm' } : null;
}

function parseMention(text: string, botLogin: string): ChatCommand | null {
  const mention = new RegExp(`(?<!\\w)@${botLogin}(?!\\w)[,:]?`, 'gi');
  if (!mention.test(text)) return null;
  const question = text.replace(mention, ' ').replace(/\s+/g, ' ').trim();
  if (!/[\p{L}\p{N}]/u.test(question)) return { kind: 'help' };
  // What can be typed as a command can be said to the bot as well, as in a reply to it.
  const isCommand = /^!(?:ask|new|help|stop|account|link|wallet|forget)\b/i.test(question);
  return (isCommand ? parseChatCommand(question, botLogin) : null) ?? { kind: 'ask', question };
}

function parseChange(text: string): ChannelChange {
  const [setting = '', ...words] = text.split(/\s+/);
  const value = words.join(' ');
  switch (setting.toLowerCase()) {
    case '':
      return { setting: 'state' };
    case 'pause':
    case 'resume':
      return { setting: setting.toLowerCase() as 'pause' };
    case 'cooldown':
      return parseCooldown(words);
    case 'level': {
      const level = LEVELS.find((known) => known === value.toLowerCase());
      return level ? { setting: 'level', level } : { setting: 'unknown' };
    }
    case 'instructions':
      return value === ''
        ? { setting: 'unknown' }
        : { setting: 'instructions', instructions: isOff(value) ? '' : value };
    case 'model':
      return value === '' ? { setting: 'unknown' } : { setting: 'model', model: isOff(value) ? null : value };
    default:
      return { setting: 'unknown' };
  }
}

function parseCooldown(words: string[]): ChannelChange {
  const of = words[0]?.toLowerCase() === 'channel' ? 'channel' : 'person';
  const [number = '', more] = of === 'channel' ? words.slice(1) : words;
  const seconds = Number(number.replace(/s$/i, ''));
  const isRight = /^\d+s?$/i.test(number) && seconds <= MOST_COOLDOWN_SECONDS && more === undefined;
  return isRight ? { setting: 'cooldown', of, seconds } : { setting: 'unknown' };
}

function isOff(value: string): boolean {
  return /^(?:off|none|default)$/i.test(value);
}
