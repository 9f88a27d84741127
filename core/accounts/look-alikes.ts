/**
 * Letters of other alphabets, and digits, that most typefaces draw like a Latin letter (after Unicode's table of
 * confusable characters, TR 39; lower case only).
 */
const LOOK_ALIKES: Record<string, string> = {
  // Each row: what it looks like, and what looks like it.
  a: 'аαɑ',
  b: 'ьƅ',
  c: 'сϲ',
  d: 'ԁ',
  e: 'еҽ',
  g: 'ɡց',
  h: 'һհ',
  j: 'јϳ',
  k: 'кκ',
  // I, l and 1 are one stroke in many typefaces.
  l: 'iı1ӏіι',
  m: 'м',
  n: 'ոη',
  o: '0оοօסه०০',
  p: 'рρ',
  q: 'ԛզ',
  r: 'г',
  s: 'ѕ',
  t: 'тτ',
  u: 'υս',
  v: 'ѵν',
  w: 'ѡԝա',
  x: 'хχ',
  y: 'уγү',
  z: 'ᴢ',
};

const PLAIN = new Map(
  Object.entries(LOOK_ALIKES).flatMap(([plain, alike]) => [...alike].map((letter) => [letter, plain] as const)),
);

/** The text with each letter replaced by the Latin one it can be mistaken for. For comparing, never for showing. */
export function withoutLookAlikes(text: string): string {
  return [...text].map((letter) => PLAIN.get(letter) ?? letter).join('');
}
