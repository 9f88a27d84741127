import type { ProviderProfile } from '../ports/sign-in-provider.ts';
import type { ReadProfile } from './sign-in-providers.ts';

const MOST_CHARACTERS = 2000;

/**
 * What a provider says of a person, as far as it can be trusted to be what it should be.
 * @param options.takesPlainHttp addresses of pictures and profiles too: where our own pages are served by it, in a
 * network of one's own, other servers are as well
 */
export function toSignInProfile(
  read: ReadProfile,
  { idPrefix, takesPlainHttp }: { idPrefix: string; takesPlainHttp: boolean },
): Pick<ProviderProfile, 'platformUserId' | 'displayName' | 'email' | 'pictureUrl' | 'profileUrl'> {
  const protocols = takesPlainHttp ? ['https:', 'http:'] : ['https:'];
  const id = typeof read.id === 'number' ? String(read.id) : read.id;
  if (typeof id !== 'string' || id === '' || id.length > 255) throw new Error('the profile has no id');
  // Control characters would let a name pass for another one where both sides of a link are shown.
  const name = toText(read.name)
    ?.replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, 100)
    .toWellFormed();
  return {
    platformUserId: idPrefix + id,
    displayName: name || 'Somebody',
    email: toText(read.email),
    pictureUrl: toAddress(read.picture, protocols),
    profileUrl: toAddress(read.url, protocols),
  };
}

function toText(value: unknown): string | null {
  return typeof value === 'string' && value.length <= MOST_CHARACTERS
    ? value.replaceAll('\0', '').toWellFormed()
    : null;
}

function toAddress(value: unknown, protocols: string[]): string | null {
  const text = toText(value);
  return text !== null && URL.canParse(text) && protocols.includes(new URL(text).protocol) ? text : null;
}
