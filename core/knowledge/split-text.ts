const sentences = new Intl.Segmenter(undefined, { granularity: 'sentence' });

/**
 * Cuts prose into parts of at most `limit` characters: at lines that are empty, then between sentences, then words.
 * Joined together, the parts are the text again.
 */
export function splitProse(text: string, limit: number): string[] {
  if (text.length <= limit) return [text];
  const pieces = splitSentences(text).flatMap((sentence) => splitWords(sentence, limit));
  return packStrings(pieces, limit);
}

/** Sentences with the white space after them. */
export function splitSentences(text: string): string[] {
  return Array.from(sentences.segment(text), ({ segment }) => segment);
}

function splitWords(text: string, limit: number): string[] {
  if (text.length <= limit) return [text];
  const words = text.match(/\S+\s*|^\s+/g) ?? [text];
  return packStrings(
    words.flatMap((word) => splitCharacters(word, limit)),
    limit,
  );
}

/** For a "word" without an end, such as a line of base64; characters outside the basic plane are not torn apart. */
function splitCharacters(text: string, limit: number): string[] {
  const parts: string[] = [];
  for (let from = 0; from < text.length; ) {
    let to = Math.min(text.length, from + limit);
    if (to < text.length && to > from + 1 && isHighSurrogate(text.charCodeAt(to - 1))) to -= 1;
    parts.push(text.slice(from, to));
    from = to;
  }
  return parts;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

/** Joins neighbours as long as they fit. */
export function packStrings(pieces: string[], limit: number): string[] {
  const packed: string[] = [];
  for (const piece of pieces) {
    const last = packed.at(-1);
    if (last !== undefined && last.length + piece.length <= limit) packed[packed.length - 1] = last + piece;
    else packed.push(piece);
  }
  return packed;
}
