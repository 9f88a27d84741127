const MOST_CHARACTERS = 300;

/** Somebody's words within a line of ours: on one line, and never markup of the document around them. */
export function quoted(text: string): string {
  const line = text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .toWellFormed();
  const short = line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS).toWellFormed()}…` : line;
  return short.replace(/[\\`*[\]<>]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\$&');
}

/** One fact as a list item, whole wherever it is quoted; nothing where there is nothing to tell. */
export function fact(words: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`- ${words}: ${items.join(', ')}.`];
}
