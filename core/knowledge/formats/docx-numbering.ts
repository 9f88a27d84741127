import { attributeOf, childOf, childrenOf, elementsOf } from './docx-xml.ts';

interface Level {
  start: number;
  format: string;
  /** `%1.%2`: the figures of this level and of those above it. */
  pattern: string;
  /** The style whose paragraphs are on this level. */
  styleId: string;
}

interface NumberedList {
  levels: Level[];
  /** Lists of the same kind go on counting each other. */
  kind: string;
  /** Levels that begin anew where this list first appears. */
  restarts: Map<number, number>;
}

export interface DocxNumbering {
  /** The mark in front of the next paragraph of a list: `3.`, `b)`, `-`; empty where the list shows none. */
  next(listId: string, level: number): string;
  /** The level that a style has in a list; 0 when the list does not name it. */
  levelOfStyle(listId: string, styleId: string): number;
}

/**
 * Counts the paragraphs of lists as Word does: a list goes on after text in between, and a level begins anew after one
 * above it.
 */
export function readNumbering(xml: Document | null): DocxNumbering {
  const lists = xml ? readLists(xml) : new Map<string, NumberedList>();
  const counters = new Map<string, number[]>();
  const begun = new Set<string>();

  return {
    next(listId, level) {
      const list = lists.get(listId);
      const own = list?.levels[level];
      // A list that the file does not describe is still one.
      if (!list || !own) return '-';
      const counts = counters.get(list.kind) ?? [];
      counters.set(list.kind, counts);
      if (!begun.has(listId)) {
        begun.add(listId);
        for (const [restarted, start] of list.restarts) counts[restarted] = start - 1;
      }
      counts[level] = (counts[level] ?? own.start - 1) + 1;
      counts.length = level + 1;
      if (own.format === 'bullet') return '-';
      return own.pattern.replaceAll(/%([1-9])/g, (_, place) => {
        const shown = list.levels[Number(place) - 1];
        return shown ? toFigure(counts[Number(place) - 1] ?? shown.start, shown.format) : '';
      });
    },

    levelOfStyle(listId, styleId) {
      const level = lists.get(listId)?.levels.findIndex((one) => one.styleId === styleId && styleId !== '') ?? -1;
      return Math.max(0, level);
    },
  };
}

function readLists(xml: Document): Map<string, NumberedList> {
  const kinds = new Map(elementsOf(xml, 'abstractNum').map((kind) => [attributeOf(kind, 'abstractNumId'), kind]));
  return new Map(
    elementsOf(xml, 'num').map((list) => {
      const kind = attributeOf(childOf(list, 'abstractNumId'), 'val');
      const levels = childrenOf(kinds.get(kind) ?? null, 'lvl').map(readLevel);
      const restarts = new Map<number, number>();
      for (const override of childrenOf(list, 'lvlOverride')) {
        const level = Number(attributeOf(override, 'ilvl'));
        const start = childOf(override, 'startOverride');
        const own = childOf(override, 'lvl');
        if (own) levels[level] = readLevel(own);
        if (start) restarts.set(level, Number(attributeOf(start, 'val')));
      }
      return [attributeOf(list, 'numId'), { levels, kind, restarts }] as const;
    }),
  );
}

function readLevel(level: Element): Level {
  return {
    start: Number(attributeOf(childOf(level, 'start'), 'val') || 1),
    format: attributeOf(childOf(level, 'numFmt'), 'val') || 'decimal',
    pattern: attributeOf(childOf(level, 'lvlText'), 'val'),
    styleId: attributeOf(childOf(level, 'pStyle'), 'val'),
  };
}

function toFigure(n: number, format: string): string {
  switch (format) {
    case 'none':
      return '';
    case 'decimalZero':
      return String(n).padStart(2, '0');
    case 'lowerLetter':
      return toLetters(n).toLowerCase();
    case 'upperLetter':
      return toLetters(n);
    case 'lowerRoman':
      return toRoman(n).toLowerCase();
    case 'upperRoman':
      return toRoman(n);
    default:
      return String(n);
  }
}

/** a … z, aa, bb, as Word goes on. */
function toLetters(n: number): string {
  const letter = String.fromCharCode(65 + ((n - 1) % 26));
  return n > 0 ? letter.repeat(Math.ceil(n / 26)) : '';
}

const ROMAN = [
  [1000, 'M'],
  [900, 'CM'],
  [500, 'D'],
  [400, 'CD'],
  [100, 'C'],
  [90, 'XC'],
  [50, 'L'],
  [40, 'XL'],
  [10, 'X'],
  [9, 'IX'],
  [5, 'V'],
  [4, 'IV'],
  [1, 'I'],
] as const;

function toRoman(n: number): string {
  let rest = Math.min(n, 3999);
  let figure = '';
  for (const [value, sign] of ROMAN) {
    while (rest >= value) {
      figure += sign;
      rest -= value;
    }
  }
  return figure;
}
