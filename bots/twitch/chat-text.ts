/** Twitch takes 500 characters; the rest is left for what is appended to vary a text. */
export const MOST_CHARACTERS = 450;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** What chat servers and other bots read as a command when it comes first, and what hides it. */
const LEADING = /^[\s\p{Cf}/.\\!]+/u;
/** Line breaks would begin another command to the chat server. */
const BREAKS = /[\p{Cc}\u2028\u2029]+/gu;
const PING = /(?<![\w.+-])@(?=\w)/g;

/** Makes any text one line that is shown as it is: nothing in it is run by Twitch or by another bot. May be empty. */
export function toChatLine(text: string): string {
  return text.toWellFormed().replace(BREAKS, ' ').replace(/\s+/g, ' ').replace(LEADING, '').trim();
}

/** Nobody whom the model mentions is told of it. */
export function disarmPings(text: string): string {
  return text.replace(PING, '@\u200B');
}

/** Cuts at the end of a sentence where that keeps most of it, else at a word, else between characters. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const fitting = text.slice(0, most + 1);
  const sentence = Math.max(
    ...[...fitting.slice(0, most).matchAll(/[.!?…](?=\s|$)/g)].map(({ index }) => index + 1),
    0,
  );
  if (sentence >= most * 0.6) return text.slice(0, sentence);
  const word = fitting.lastIndexOf(' ');
  if (word >= most * 0.5) return text.slice(0, word).replace(/[\s,;:–-]+$/, '');
  return cutCharacters(text, most);
}

function cutCharacters(text: string, most: number): string {
  let length = 0;
  for (const { segment } of graphemes.segment(text)) {
    if (length + segment.length > most) break;
    length += segment.length;
  }
  return text.slice(0, length);
}
