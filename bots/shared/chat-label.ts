import type { Session } from '../../core/sessions/session.ts';
import type { Platform } from '../../core/users/platform.ts';

const NAMES = { discord: 'Discord', slack: 'Slack', twitch: 'Twitch', web: 'Website', api: 'API' } satisfies Record<
  Platform,
  string
>;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const UNITS = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** As people call where a chat began. */
export function platformName(platform: Platform): string {
  return NAMES[platform];
}

/** A chat in one line of plain text: `When does it open? · Slack · 2 days ago`. What is too long is taken off its title. */
export function chatLabel(
  { title, platform, updatedAt }: Pick<Session, 'title' | 'platform' | 'updatedAt'>,
  { now, limit }: { now: Date; limit: number },
): string {
  const rest = ` · ${platformName(platform)} · ${timeAgo(updatedAt, now)}`;
  const room = limit - rest.length;
  return (title.length <= room ? title : `${title.slice(0, room - 1).toWellFormed()}…`) + rest;
}

function timeAgo(date: Date, now: Date): string {
  const seconds = Math.max(0, (now.getTime() - date.getTime()) / 1000);
  const [unit, length] = UNITS.find(([, inSeconds]) => seconds >= inSeconds) ?? ['minute', 60];
  return seconds < 60 ? 'just now' : relative.format(-Math.floor(seconds / length), unit);
}
