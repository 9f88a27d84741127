const MOST_CHARACTERS = 280;
/** More of a passage than any snippet shows, with its markup. */
const READ_CHARACTERS = 1000;

/** The beginning of a passage of Markdown as people read it: on one line, without markup, cut between words. */
export function toSnippet(markdown: string): string {
  const line = markdown
    .slice(0, READ_CHARACTERS)
    // Fences, rules, and the line under the names of a table's columns.
    .replaceAll(/^[ \t]*(?:(?:```|~~~).*|[-=*_|: \t]+)$/gm, ' ')
    .replaceAll(/^[ \t]*(?:>|#{1,6}|[-*+])[ \t]+/gm, ' ')
    .replaceAll(/^[ \t]*\|.*$/gm, (row) => row.replaceAll('|', ' '))
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/(?<![\p{L}\p{N}])\*+(?=\S)|(?<=\S)\*+(?![\p{L}\p{N}])|`/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  if (line.length <= MOST_CHARACTERS && markdown.length <= READ_CHARACTERS) return line;
  const cut = line.slice(0, MOST_CHARACTERS);
  const end = cut.lastIndexOf(' ');
  return `${(end > 0 ? cut.slice(0, end) : cut).replace(/[\s,;:–-]+$/, '')}…`;
}
