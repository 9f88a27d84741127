/**
 * Where to go after signing in: a path on this server and nothing else, whatever was asked for. Browsers read `//host`
 * and `/\host` as another server, and drop tabs and line ends before they look.
 */
export function toLocalPath(text: unknown, fallback = '/account'): string {
  if (typeof text !== 'string' || text.length > 500 || !/^\/(?![/\\])[\x21-\x7e]*$/.test(text)) return fallback;
  const base = 'http://here.invalid';
  if (!URL.canParse(text, base)) return fallback;
  const url = new URL(text, base);
  const path = url.pathname + url.search;
  return url.origin === base && !path.startsWith('//') ? path : fallback;
}
