const SENTENCES = new Intl.Segmenter('en', { granularity: 'sentence' });
/** Abbreviations after which the segmenter ends a sentence too early. */
const ABBREVIATION = /(?:\b(?:[Ee]\.g|[Ii]\.e|etc|vs|cf|[Nn]o|Dr|Mr|Mrs|St)\.|\b[a-z]\. ?(?:[A-Za-z]\.)?)\s*$/;
const PICTURE = /\[?!\[[^\]]*\]\([^)]*\)(?:\]\([^)]*\))?/g;

/** A link, to anywhere or only to another page of the same documents. */
const LINK = String.raw`\[[^\]]*\]\([^)]*\)`;
const RELATIVE = String.raw`\[[^\]]*\]\((?![a-z]+:)[^)]*\)`;
/** "Models has the details.", "See Models.", "More about that: Models": nothing without the page they point to. */
const POINTERS = [
  new RegExp(
    `^${RELATIVE}\\s+(?:has|have|lists?|says?|tells?|explains?|describes?|goes|shows?|covers?|contains?)\\b`,
    'u',
  ),
  new RegExp(`^[^:]*:\\s*(?:${RELATIVE}(?:\\s*[,·]\\s*)?)+\\.?$`, 'u'),
  new RegExp(`^(?:See|Read|Siehe|Voir|Véase|Ver|Vedi|Zie)(?:\\s+\\p{L}+){0,2}\\s+${LINK}[^.]{0,40}\\.?$`, 'iu'),
  new RegExp(`^(?:${RELATIVE}\\s*(?:[·|,]\\s*)?)+\\.?$`, 'u'),
];

/** The sentences of a paragraph that say something by themselves. */
export function readSentences(paragraph: string): string[] {
  return splitSentences(paragraph.replace(PICTURE, '')).filter(
    (sentence) => /[\p{L}\p{N}]/u.test(sentence) && !POINTERS.some((pointer) => pointer.test(sentence)),
  );
}

function splitSentences(paragraph: string): string[] {
  const sentences: string[] = [];
  for (const { segment } of SENTENCES.segment(paragraph)) {
    const last = sentences.at(-1);
    if (last !== undefined && (ABBREVIATION.test(last) || isInsideMarkup(last))) {
      sentences[sentences.length - 1] = last + segment;
    } else sentences.push(segment);
  }
  return sentences.map((sentence) => sentence.trim()).filter(Boolean);
}

/** A full stop inside code, emphasis or brackets ends no sentence. */
function isInsideMarkup(text: string): boolean {
  const count = (mark: RegExp) => text.match(mark)?.length ?? 0;
  return count(/`/g) % 2 === 1 || count(/\*/g) % 2 === 1 || count(/[([]/g) > count(/[)\]]/g);
}
