import type { Profile } from '../core/accounts/accounts-repository.ts';
import { escapeHtml } from './markdown-html.ts';

/**
 * The line above our pages: where one is, and who.
 * @param nav HTML of what stands at its end
 */
export function toSiteBar(assistantName: string, nav = ''): string {
  const name = escapeHtml(assistantName);
  const initial = escapeHtml([...assistantName][0]?.toUpperCase() ?? '');
  return `<header class="bar">
<a class="brand" href="/"><span class="mark" aria-hidden="true">${initial}</span>${name}</a>
${nav}
</header>`;
}

/** The way to log in, or to one's account and out. */
export function toAccountNav(profile: Profile | null): string {
  if (profile === null) {
    return '<nav aria-label="Account"><a class="button" href="/login?next=%2F">Log in</a></nav>';
  }
  return `<nav aria-label="Account">
<a class="me" href="/account" title="My account">${toPicture(profile)}<span>${escapeHtml(profile.displayName)}</span></a>
<form method="post" action="/logout"><button>Log out</button></form>
</nav>`;
}

/** A picture, or the first letter of the name. For show only: the name stands beside it. */
function toPicture({ pictureUrl, displayName }: Profile): string {
  return pictureUrl === null
    ? `<span class="picture" aria-hidden="true">${escapeHtml([...displayName][0]?.toUpperCase() ?? '')}</span>`
    : `<img class="picture" src="${escapeHtml(pictureUrl)}" alt="" referrerpolicy="no-referrer">`;
}
