const ASCII = /^[\x20-\x7e\s]*$/;
/**
 * Marks that people leave out or get wrong: all on Latin and Greek letters, on Cyrillic ones stress and the dots of ё.
 * In other scripts a mark is a vowel, a tone or another letter (й, ї), and without it the word is another one.
 */
const ACCENTS = /(?<=[\p{Script=Latin}\p{Script=Greek}]\p{M}*)\p{M}|(?<=[аеиоуыэюяіє])[\u0300\u0301]|(?<=е)\u0308/gu;
/** Letters of their own to Unicode, and variants of one letter to who types them. */
const LETTERS: Record<string, string> = {
  ...{ ß: 'ss', ø: 'o', æ: 'ae', œ: 'oe', ł: 'l', đ: 'd', ı: 'i', ħ: 'h', ŧ: 't', ς: 'σ' },
  ...{ أ: 'ا', إ: 'ا', آ: 'ا', ٱ: 'ا', ى: 'ي', ی: 'ي', ک: 'ك', ة: 'ه' },
};
const VARIANTS = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'g');

/** Strips accents, so that `uber` finds `über`. In Vietnamese they tell words apart, and stay. */
export function foldMarks(word: string, language = ''): string {
  if (ASCII.test(word)) return word;
  if (language === 'vi') return word.normalize('NFC');
  const letters = word.normalize('NFC').replace(VARIANTS, (letter) => LETTERS[letter] ?? letter);
  return letters.normalize('NFD').replace(ACCENTS, '').normalize('NFC');
}
