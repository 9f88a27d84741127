import type { LinkSide } from '../core/links/link-side.ts';
import { toAccountPage } from './account-page-html.ts';
import { escapeHtml } from './markdown-html.ts';

const PLATFORM_NAMES: Record<string, string> = {
  discord: 'Discord',
  slack: 'Slack',
  twitch: 'Twitch',
  github: 'GitHub',
  google: 'Google',
  spotify: 'Spotify',
};

/** The page that asks whether two are one person. */
export function toConsentPage(sides: { mine: LinkSide; theirs: LinkSide; userId: string; path: string }): string {
  const { mine, theirs, userId, path } = sides;
  const who = `${toName(theirs)} ${toWhere(theirs)}`;
  const losesName =
    mine.username !== null && theirs.username !== null
      ? `<p>You go on logging in as <strong>${escapeHtml(mine.username)}</strong>. The username <strong>${escapeHtml(theirs.username)}</strong> and its password end.</p>`
      : '';
  const body = `<div class="sides">
${toSide(mine, 'You, logged in here')}
${toSide(theirs, 'Asks to be linked')}
</div>
<p>Linked, both are one person everywhere: ${countChats(theirs)} ${toWhere(theirs)} and ${countChats(mine)} here come together in one history, with all settings and keys. Where the other side is logged in, it is logged out once. This cannot be undone.</p>
${losesName}
<p class="problem"><strong>Is ${who} really you?</strong> Link only what you asked for yourself, a moment ago. If somebody sent you this address, cancel: they would be able to read all your chats.</p>
<form method="post" action="${escapeHtml(path)}">
<input type="hidden" name="me" value="${escapeHtml(userId)}">
<button class="main" name="answer" value="link">Yes, link ${toName(theirs)}</button>
<button name="answer" value="cancel">Cancel</button>
</form>`;
  return toAccountPage('Are these both you?', body);
}

/** What became of it, with a way on. */
export function toLinkOutcomePage(outcome: 'linked' | 'same' | 'gone' | 'cancelled'): string {
  const [title, sentence] = OUTCOMES[outcome];
  return toAccountPage(
    title,
    `<p>${sentence}</p>
<p><a class="button main" href="/account">Go to my account</a></p>
<p><a href="/">Go to the assistant</a></p>`,
  );
}

const OUTCOMES = {
  linked: ['You are linked', 'Both are one person now. Your chats, from everywhere, are in one list.'],
  same: ['Already linked', 'These are one person already. There is nothing left to do.'],
  gone: [
    'This address does not work any more',
    'It can be used once, for 10 minutes, and asking again replaces it. Ask for a new one with <code>/link</code> in the chat.',
  ],
  cancelled: ['Nothing was linked', 'The address is void now. If somebody else sent it to you, you did right.'],
} as const;

function isPicture(url: string | null): url is string {
  return url !== null && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

function toSide(side: LinkSide, label: string): string {
  const { pictureUrl } = side;
  const picture = isPicture(pictureUrl)
    ? `<img src="${escapeHtml(new URL(pictureUrl).href)}" alt="" width="48" height="48" referrerpolicy="no-referrer">`
    : '<span class="no-picture" aria-hidden="true"></span>';
  const username = side.username === null ? '' : `<br>Username: ${escapeHtml(side.username)}`;
  return `<section>${picture}<div><strong>${toName(side)}</strong> ${toWhere(side)}<br><span class="note">${label}, ${countChats(side)}${username}</span></div></section>`;
}

/** By itself: a name with signs that turn text around must not turn around what stands beside it. */
function toName({ displayName }: LinkSide): string {
  return `<bdi>${escapeHtml(displayName)}</bdi>`;
}

function toWhere({ platform }: LinkSide): string {
  if (platform === 'web') return 'on this website';
  return `on ${escapeHtml(PLATFORM_NAMES[platform] ?? 'another server')}`;
}

function countChats({ chats }: LinkSide): string {
  return chats === 1 ? '1 chat' : `${chats} chats`;
}
