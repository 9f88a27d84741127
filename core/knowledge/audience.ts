/**
 * Who may retrieve a document: `public`, a space (`discord:<guild>`, `slack:<team>`, `twitch:<channel>`,
 * `web:<origin>`) or `user:<id>`.
 */
export type Audience = string;

/** Who asks, and where. */
export interface Viewer {
  userId: string;
  /** The guild, workspace, channel or site the question was asked in; null when it belongs to none. */
  space: string | null;
  /** False where others read along: a person's own documents never show there. */
  isPrivate: boolean;
}

const SPACE = /^(discord|slack|twitch|web):\S+$/;

/** The one place that decides what may be retrieved; what it does not list is denied. */
export function audiencesOf(viewer: Viewer): Audience[] {
  return [
    'public',
    ...(viewer.space && SPACE.test(viewer.space) ? [viewer.space] : []),
    ...(viewer.isPrivate ? [`user:${viewer.userId}`] : []),
  ];
}

/**
 * Reads `public` or a comma-separated list of spaces, written as questions asked there name them: otherwise nobody would
 * ever find what has this audience. Null when one of them is not a space.
 */
export function parseAudience(text: string): Audience[] | null {
  const entries = text.split(',').map((entry) => parseEntry(entry.trim()));
  return entries.every((entry) => entry !== null) ? [...new Set(entries)] : null;
}

function parseEntry(entry: string): Audience | null {
  if (entry === 'public') return entry;
  if (!SPACE.test(entry)) return null;
  const [platform = '', ...rest] = entry.split(':');
  const name = rest.join(':');
  if (platform === 'twitch') return /^#?\w+$/.test(name) ? `twitch:${name.replace('#', '').toLowerCase()}` : null;
  return platform === 'web' ? parseWebsite(name) : entry;
}

/** An origin as browsers write it, which may come with the slash that address bars add. */
function parseWebsite(text: string): Audience | null {
  if (!URL.canParse(text)) return null;
  const { protocol, origin, href } = new URL(text);
  return /^https?:$/.test(protocol) && href === `${origin}/` ? `web:${origin}` : null;
}
