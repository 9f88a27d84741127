const UNSPACED_SCRIPTS =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}';
/** Scripts written without spaces between words. */
const UNSPACED = new RegExp(`[${UNSPACED_SCRIPTS}]`, 'u');
const RUNS = new RegExp(`[${UNSPACED_SCRIPTS}\\p{M}ー]+|[^${UNSPACED_SCRIPTS}]+`, 'gu');
const HAN = /^\p{Script=Han}+$/u;
/** The dictionaries for all of these scripts are in every locale. */
const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

/** The words in what stands between two spaces, by dictionary where a script leaves the spaces out. */
export function segmentWords(word: string): string[] {
  if (!UNSPACED.test(word)) return [word];
  return [...word.matchAll(RUNS)].flatMap(([run]) => (UNSPACED.test(run) ? segmentRun(run) : [run]));
}

/**
 * A word that the dictionary lacks comes out of it in single characters, and a compound may come out whole here and in
 * parts there: pairs of Han characters beside the words let either find the other.
 */
function segmentRun(run: string): string[] {
  const words: string[] = [];
  let previous = '';
  for (const { segment } of segmenter.segment(run)) {
    if (isSingleHan(segment) && isSingleHan(previous)) words.push(previous + segment);
    words.push(segment);
    if (HAN.test(segment)) words.push(...innerPairs([...segment]));
    previous = segment;
  }
  return words;
}

function isSingleHan(segment: string): boolean {
  return [...segment].length === 1 && HAN.test(segment);
}

function innerPairs(characters: string[]): string[] {
  if (characters.length < 3) return [];
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}
