/**
 * A block of Markdown: its kind and the lines it is made of. Two blocks with the same lines look the same, which is
 * what lets a growing answer leave its finished blocks alone.
 */
export interface Block {
  kind: 'paragraph' | 'heading' | 'rule' | 'code' | 'quote' | 'list' | 'table';
  lines: string[];
}

const FENCE = /^ {0,3}(```+|~~~+)/;
const HEADING = /^ {0,3}#{1,6} /;
const RULE = /^ {0,3}([-*_])( *\1){2,} *$/;
const QUOTE = /^ {0,3}>/;
export const LIST_ITEM = /^( {0,3})([-*+]|\d{1,9}[.)]) +/;
const TABLE_RULE = /^[ |:]*-[-|: ]*$/;

/** Splits Markdown into blocks. A fence or list that has not ended yet is as good as one that has. */
export function splitBlocks(lines: string[]): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const kind = kindAt(lines, at);
    const end = kind ? endOf[kind](lines, at) : at + 1;
    if (kind) blocks.push({ kind, lines: lines.slice(at, end) });
    at = end;
  }
  return blocks;
}

function kindAt(lines: string[], at: number): Block['kind'] | null {
  const line = lines[at] ?? '';
  if (!line.trim()) return null;
  if (FENCE.test(line)) return 'code';
  if (HEADING.test(line)) return 'heading';
  if (RULE.test(line)) return 'rule';
  if (QUOTE.test(line)) return 'quote';
  if (LIST_ITEM.test(line)) return 'list';
  return line.includes('|') && lines[at + 1]?.includes('|') && TABLE_RULE.test(lines[at + 1] ?? '')
    ? 'table'
    : 'paragraph';
}

/** The first line from `at` on that `isInside` refuses. */
function findEnd(lines: string[], at: number, isInside: (line: string, at: number) => boolean): number {
  let end = at;
  while (end < lines.length && isInside(lines[end] ?? '', end)) end += 1;
  return end;
}

const endOf: Record<Block['kind'], (lines: string[], at: number) => number> = {
  heading: (_, at) => at + 1,
  rule: (_, at) => at + 1,
  quote: (lines, at) => findEnd(lines, at, (line) => QUOTE.test(line)),
  table: (lines, at) => findEnd(lines, at, (line) => line.includes('|')),
  paragraph: (lines, at) =>
    findEnd(lines, at + 1, (line, next) => kindAt(lines, next) === 'paragraph' && !/^ *\[\^[^\]]+\]:/.test(line)),
  code(lines, at) {
    const mark = FENCE.exec(lines[at] ?? '')?.[1] ?? '';
    return findEnd(lines, at + 1, (line) => !line.trim().startsWith(mark)) + 1;
  },
  list: (lines, at) =>
    findEnd(lines, at + 1, (line, next) => {
      if (line.trim())
        return (
          /^ {2}/.test(line) ||
          LIST_ITEM.test(line) ||
          (Boolean(lines[next - 1]?.trim()) && kindAt(lines, next) === 'paragraph')
        );
      // Items may be apart; a list ends where something follows that is not part of it.
      const following = lines.slice(next).find((later) => later.trim());
      return following !== undefined && (/^ {2}/.test(following) || LIST_ITEM.test(following));
    }),
};
