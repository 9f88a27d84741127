/** A run of letters, marks and digits; an apostrophe inside a word belongs to it. */
const WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:['’][\p{L}\p{M}\p{N}]+)*/gu;
/** Scripts written without spaces between words: they are matched by pairs of characters. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;
const UNSPACED_RUN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{M}ー]+|[^\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]+/gu;
const MARKS = /\p{M}+/gu;
const ASCII = /^[\x20-\x7e\s]*$/;
/** Longer ones are hashes, keys or encoded data: nobody asks by them, and they would only fill the index. */
const LONGEST_WORD = 64;

/** Lower-case words in order, repeats included; text without spaces becomes overlapping pairs of characters. */
export function tokenize(text: string): string[] {
  const plain = ASCII.test(text) ? text.toLowerCase() : text.normalize('NFKC').toLowerCase();
  const words: string[] = [];
  for (const [word] of plain.matchAll(WORD)) {
    if (UNSPACED.test(word)) words.push(...splitUnspaced(word));
    else if (word.length <= LONGEST_WORD) words.push(withoutPossessive(word));
  }
  return words;
}

/** Strips accents, so that `uber` finds `über`. */
export function foldAccents(word: string): string {
  return ASCII.test(word) ? word : word.normalize('NFKD').replace(MARKS, '').replaceAll('ß', 'ss');
}

function withoutPossessive(word: string): string {
  return word.endsWith("'s") || word.endsWith('’s') ? word.slice(0, -2) : word.replaceAll('’', "'");
}

function splitUnspaced(word: string): string[] {
  return [...word.matchAll(UNSPACED_RUN)].flatMap(([run]) => (UNSPACED.test(run) ? pairs([...run]) : [run]));
}

function pairs(characters: string[]): string[] {
  if (characters.length < 2) return characters;
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}
