/** Drops addresses that are no plain links: `javascript:`, `data:`, and relative ones, which lead nowhere here. */
export function toSafeAddress(value: string): string | null {
  return URL.canParse(value) && /^(https?|mailto):$/.test(new URL(value).protocol) ? value : null;
}
