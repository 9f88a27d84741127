import type { ChatUserstate } from 'tmi.js';
import { toVisibleText } from './visible-text.ts';

/** The message that another one replies to, as its tags tell it. */
export interface QuotedMessage {
  messageId: string;
  userId: string;
  login: string;
  displayName: string;
  text: string;
}

/** Null for what is no reply. Tags are text, but the library makes booleans of "1" and "0". */
export function findQuote(tags: ChatUserstate): QuotedMessage | null {
  const read = (name: string) => {
    const value: unknown = tags[`reply-parent-${name}`];
    if (typeof value === 'boolean') return value ? '1' : '0';
    return typeof value === 'string' ? value : '';
  };
  const login = read('user-login').toLowerCase();
  const text = toVisibleText(read('msg-body'));
  if (text === '' || read('msg-id') === '') return null;
  const displayName = read('display-name') || login;
  return { messageId: read('msg-id'), userId: read('user-id'), login, displayName, text };
}

/** Without the name of whoever is replied to, which Twitch puts before a reply. */
export function withoutAddressee(text: string, { login, displayName }: QuotedMessage): string {
  const [first = ''] = text.match(/^@\S+/) ?? [];
  const name = first.slice(1).replace(/[,:]$/, '').toLowerCase();
  return name !== '' && [login, displayName.toLowerCase()].includes(name) ? text.slice(first.length).trim() : text;
}
