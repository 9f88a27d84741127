/** An API key as the server lists it. */
export interface WireApiKey {
  name: string;
  prefix: string;
  is_active: boolean;
  expires_at: string | null;
  monthly_cap_cents: number | null;
  models: string[] | null;
  last_used_at: string | null;
}

/** Whether a key works, and when it last did. */
export function stateOf(key: WireApiKey): string {
  const { is_active, last_used_at } = key;
  const state = hasEnded(key) ? 'expired' : is_active ? 'active' : 'switched off';
  return `${state}, ${last_used_at ? `last used ${toMoment(last_used_at)}` : 'never used'}`;
}

/** What a key is restricted to; nothing for one that is not. */
export function limitsOf(key: WireApiKey): string {
  const { expires_at, monthly_cap_cents: cents, models } = key;
  return [
    expires_at && `${hasEnded(key) ? 'ended' : 'ends'} ${toMoment(expires_at)}`,
    cents !== null && `at most $${(cents / 100).toFixed(2)} a month`,
    models && `only for ${models.join(', ')}`,
  ]
    .filter(Boolean)
    .join(', ')
    .replace(/^./u, (first) => first.toUpperCase());
}

function hasEnded({ expires_at }: WireApiKey): boolean {
  return expires_at !== null && new Date(expires_at) <= new Date();
}

function toMoment(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}
