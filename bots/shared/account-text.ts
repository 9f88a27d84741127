import type { AccountSummary, MonthlyUsage, SaidOnPlatform } from '../../core/users/account-summary.ts';
import { PLATFORMS, type Platform } from '../../core/users/platform.ts';
import { toDollars } from '../../core/wallet/money.ts';
import { platformName } from './chat-label.ts';

/** Makes a name that somebody chose harmless in the Markdown of that platform. */
type Disarm = (text: string) => string;

/** Who somebody is here, what is linked and what it took, in Markdown. */
export function accountText(summary: AccountSummary, disarm: Disarm): string {
  const { displayName, username, identities, said, usage, accountUrl } = summary;
  const linked = identities.map((one) => `${disarm(nameOf(one.platform))} (${disarm(one.displayName)})`);
  return [
    `You are **${disarm(displayName)}**${username === null ? '' : `, on the website \`${username}\``}.`,
    `- Linked: ${linked.join(', ') || 'nothing yet'}`,
    `- Chats: ${said.length === 0 ? 'none yet' : said.map(toCount).join(', ')}`,
    `- This month: ${usageText(usage)}`,
    '',
    `All of it, and your data as a file: ${accountUrl}`,
  ].join('\n');
}

/** What would be gone, before it is, in Markdown. */
export function forgetText({ said, identities, accountUrl }: AccountSummary, disarm: Disarm): string {
  const everywhere = identities.map((one) => `${disarm(nameOf(one.platform))} (${disarm(one.displayName)})`);
  return [
    '**Shall I forget you?** This erases, at once and for good:',
    ...said.map(
      (one) => `- ${platformName(one.platform)}: ${chats(one.chats)}, ${messages(one.messages)} and the answers`,
    ),
    `- who you are here: ${everywhere.join(', ') || 'your name'}, with logins, keys, settings and balance`,
    '',
    `To keep a copy, first export your data: ${accountUrl}`,
    'What stands in a channel stays there until it is deleted in it.',
  ].join('\n');
}

/** What is said when it is done. */
export const FORGOTTEN =
  'Done. All you said to me, on every platform, is erased. If you write to me again, we meet anew.';

/** What is said to somebody of whom nothing is known. */
export const UNKNOWN_PERSON = 'I know nothing about you: you have not asked me anything yet.';

function usageText({ inputTokens, outputTokens, costMicros }: MonthlyUsage): string {
  const tokens = (inputTokens + outputTokens).toLocaleString('en');
  return `${tokens} tokens${costMicros > 0 ? `, ${toDollars(costMicros)}` : ''}`;
}

function toCount({ platform, chats: count }: SaidOnPlatform): string {
  return `${platformName(platform)} ${count}`;
}

function nameOf(platform: string): string {
  const known = PLATFORMS.find((one) => one === platform) as Platform | undefined;
  return known ? platformName(known) : platform.charAt(0).toUpperCase() + platform.slice(1);
}

const chats = (count: number) => (count === 1 ? '1 chat' : `${count} chats`);
const messages = (count: number) => (count === 1 ? '1 message' : `${count} messages`);
