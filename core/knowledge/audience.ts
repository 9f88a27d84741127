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

/** Reads `public` or a comma-separated list of spaces; null when one of them is not a space. */
export function parseAudience(text: string): Audience[] | null {
  const entries = [...new Set(text.split(',').map((entry) => entry.trim()))];
  return entries.every((entry) => entry === 'public' || SPACE.test(entry)) ? entries : null;
}
