import type { Client } from 'discord.js';

/** How people see what Discord writes as ids. */
export interface ShownNames {
  user(id: string): string | undefined;
  role(id: string): string | undefined;
  channel(id: string): string | undefined;
}

export interface NamedUser {
  id: string;
  username?: string;
  global_name?: string | null;
}

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
/** The last second that JavaScript's dates know. */
const LAST_SECOND = 8_640_000_000_000;

/** The names that are known of a server; those that came with the messages are known everywhere. */
export function createShownNames(
  client: Client | null,
  { guildId, mentioned }: { guildId: string | null; mentioned: readonly NamedUser[] },
): ShownNames {
  const guild = client?.guilds.cache.get(guildId ?? '');
  const named = new Map(mentioned.map((user) => [user.id, user.global_name ?? user.username]));
  return {
    user: (id) =>
      guild?.members.cache.get(id)?.displayName ?? named.get(id) ?? client?.users.cache.get(id)?.displayName,
    role: (id) => guild?.roles.cache.get(id)?.name,
    channel: (id) => guild?.channels.cache.get(id)?.name,
  };
}

/** A text as people read it: names of people, roles, channels, commands and emoji, and times in words. */
export function toShownText(text: string, names: ShownNames): string {
  return text
    .replaceAll(/<@!?(\d+)>/g, (_, id) => `@${names.user(id) ?? 'somebody'}`)
    .replaceAll(/<@&(\d+)>/g, (_, id) => `@${names.role(id) ?? 'a role'}`)
    .replaceAll(/<#(\d+)>/g, (_, id) => `#${names.channel(id) ?? 'another channel'}`)
    .replaceAll(/<a?:(\w+):\d+>/g, ':$1:')
    .replaceAll(/<(\/[^:<>]+):\d+>/g, '$1')
    .replaceAll(/<id:(\w+)(?::\d+)?>/g, '#$1')
    .replaceAll(/<t:(-?\d+)(?::[a-zA-Z])?>/g, (whole, seconds) => {
      const at = Number(seconds);
      return Math.abs(at) <= LAST_SECOND ? `${DATE.format(new Date(at * 1000))} (UTC)` : whole;
    });
}
