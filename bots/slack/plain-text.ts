/** Names of what Slack's notation has ids for only. */
export interface SlackNames {
  users: ReadonlyMap<string, string>;
  channels: ReadonlyMap<string, string>;
}

export interface PlainTextOptions {
  botUserId: string;
  /** What a mention of ourselves becomes; nothing where it only calls us. */
  botName?: string;
  names?: SlackNames;
}

const REFERENCE = /<([^<>]+)>/g;
const NO_NAMES: SlackNames = { users: new Map(), channels: new Map() };

/** Slack's own notation as people read it: names instead of ids, entities decoded, addresses beside what they are called. */
export function toPlainText(text: string, { botUserId, botName = '', names = NO_NAMES }: PlainTextOptions): string {
  return text
    .replace(REFERENCE, (_, reference: string) => {
      const bar = reference.indexOf('|');
      const target = bar < 0 ? reference : reference.slice(0, bar);
      const label = bar < 0 ? '' : reference.slice(bar + 1);
      if (target === `@${botUserId}`) return botName;
      return nameOf(target, label, names) ?? (label && label !== target ? `${label} (${target})` : target);
    })
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim();
}

/** The ids in a text that say no name themselves. */
export function idsWithoutName(text: string): { users: string[]; channels: string[] } {
  const found = { users: new Set<string>(), channels: new Set<string>() };
  for (const [, mark, id = ''] of text.matchAll(/<([@#])([A-Z\d]+)\|?>/g)) {
    found[mark === '@' ? 'users' : 'channels'].add(id);
  }
  return { users: [...found.users], channels: [...found.channels] };
}

/** Null for a link. */
function nameOf(target: string, label: string, { users, channels }: SlackNames): string | null {
  const id = target.slice(1);
  if (target.startsWith('@')) return withMark('@', label || users.get(id)) ?? 'someone';
  if (target.startsWith('#')) return withMark('#', label || channels.get(id)) ?? 'a channel';
  if (!target.startsWith('!')) return target.startsWith('mailto:') ? label || target.slice('mailto:'.length) : null;
  if (target.startsWith('!date^')) return label || toDate(target);
  if (target.startsWith('!subteam^')) return withMark('@', label) ?? 'a group';
  return withMark('@', label || id) ?? '';
}

function withMark(mark: string, name: string | undefined): string | null {
  return name ? `${mark}${name.replace(/^[@#]/, '')}` : null;
}

function toDate(target: string): string {
  const date = new Date(Number(target.split('^')[1]) * 1000);
  return Number.isNaN(date.getTime()) ? 'a date' : date.toISOString().slice(0, 16).replace('T', ' ');
}
