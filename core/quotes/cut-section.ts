import type { Quote } from './quote.ts';
import type { ScoredBlock, ScoredSection, ScoredUnit } from './score-sections.ts';
import type { Block, Unit } from './section.ts';

/** A section up to this long is shown whole, but for the rows of its tables. */
const WHOLE = 900;
/** Of a longer one, blocks nearly as good as the best one are shown with it. */
const NEARLY = 0.85;
/** A paragraph up to this long is shown whole. */
const WHOLE_PARAGRAPH = 500;
/** What comes before a table, a list or code and is no longer than this belongs to it. */
const LONGEST_INTRODUCTION = 320;
/** A table up to this long is shown whole where no row is better than the others. */
const WHOLE_TABLE = 1600;
const MOST_ROWS = 5;
/** A row has to have this share of the question by itself to be told from the others. */
const TELLING = 0.12;
const NEARLY_AS_TELLING = 0.88;
/** Such a sentence is nothing without the one before it. */
const LEANS_BACK =
  /^(?:\*\*)?(?:It|Its|They|Their|This|That|These|Those|Then|There|He|She|Both|Otherwise|However|So|And|But|Also|Instead|In that case|Es|Er|Sie|Dies|Dann|Il|Elle|Ils|Cela|Ello|Esto)\b/;

/** What of a section is shown. */
export function cutSection({ passage, path, blocks }: ScoredSection): Quote {
  const kept = chooseBlocks(withoutTornBeginning(blocks)).flatMap((scored) => cutBlock(scored));
  return { passages: [passage], path, blocks: kept };
}

/** A passage may begin in the middle of a section, with the end of what was said there before. */
function withoutTornBeginning([first, ...rest]: ScoredBlock[]): ScoredBlock[] {
  if (!first) return [];
  const isTorn = first.block.kind === 'prose' && LEANS_BACK.test(textOf(first));
  return isTorn && rest.some(({ score }) => score >= first.score) ? rest : [first, ...rest];
}

function chooseBlocks(blocks: ScoredBlock[]): ScoredBlock[] {
  if (lengthOf(blocks) <= WHOLE) return blocks;
  const best = Math.max(...blocks.map(({ score }) => score));
  const chosen = new Set<ScoredBlock>();
  let characters = 0;
  for (const block of blocks.toSorted((a, b) => b.score - a.score)) {
    if (block.score < best * NEARLY) break;
    const group = [...companions(block, blocks), block].filter((each) => !chosen.has(each));
    const length = lengthOf(group);
    if (chosen.size > 0 && characters + length > WHOLE) continue;
    characters += length;
    for (const each of group) chosen.add(each);
  }
  return blocks.filter((block) => chosen.has(block));
}

/** "Run this:" is nothing without what follows, nor code, a list or a table without what says what it is. */
function companions(block: ScoredBlock, blocks: ScoredBlock[]): ScoredBlock[] {
  const at = blocks.indexOf(block);
  const [before, after] = [blocks[at - 1], blocks[at + 1]];
  if (block.block.kind === 'prose') {
    const announces = after && (textOf(block).endsWith(':') || after.block.kind === 'code');
    return announces && after.block.kind !== 'prose' ? [after] : [];
  }
  return before?.block.kind === 'prose' && textOf(before).length <= LONGEST_INTRODUCTION ? [before] : [];
}

function cutBlock(scored: ScoredBlock): Block[] {
  const { block, units } = scored;
  if (block.kind === 'table') return [{ ...block, units: chooseRows(units, lengthOf([scored])) }];
  if (block.kind === 'prose' && textOf(scored).length > WHOLE_PARAGRAPH)
    return [{ ...block, units: chooseSentences(units) }];
  if (block.kind === 'list' && textOf(scored).length > WHOLE) return [{ ...block, units: chooseItems(units) }];
  return [block];
}

/** Those that have what the others have not; all of them where the question is about the table. */
function chooseRows(rows: ScoredUnit[], length: number): Unit[] {
  const best = Math.max(...rows.map(({ own }) => own));
  const telling = rows.filter(({ own }) => own >= best * NEARLY_AS_TELLING);
  if (best >= TELLING && telling.length <= MOST_ROWS) return telling.map(({ unit }) => unit);
  if (length <= WHOLE_TABLE) return rows.map(({ unit }) => unit);
  const ranked = rows.toSorted((a, b) => b.own - a.own || b.score - a.score).slice(0, MOST_ROWS);
  return rows.filter((row) => ranked.includes(row)).map(({ unit }) => unit);
}

/** The best one with its neighbours, from one that makes sense by itself. */
function chooseSentences(sentences: ScoredUnit[]): Unit[] {
  const best = sentences.reduce((most, each) => (each.score > most.score ? each : most));
  let from = sentences.indexOf(best);
  let to = from + 1;
  while (from > 0 && LEANS_BACK.test(sentences[from]?.unit.text ?? '')) from -= 1;
  const length = () => sentences.slice(from, to).reduce((sum, { unit }) => sum + unit.text.length, 0);
  while (to < sentences.length && length() + (sentences[to]?.unit.text.length ?? 0) <= WHOLE_PARAGRAPH) to += 1;
  while (from > 0 && length() + (sentences[from - 1]?.unit.text.length ?? 0) <= WHOLE_PARAGRAPH) from -= 1;
  return sentences.slice(from, to).map(({ unit }) => unit);
}

function chooseItems(items: ScoredUnit[]): Unit[] {
  const best = Math.max(...items.map(({ score }) => score));
  const good = items.filter(({ score }) => score >= best * NEARLY_AS_TELLING);
  return good.slice(0, MOST_ROWS).map(({ unit }) => unit);
}

function lengthOf(blocks: ScoredBlock[]): number {
  return blocks.reduce((sum, block) => sum + textOf(block).length, 0);
}

function textOf({ block }: ScoredBlock): string {
  return block.units.map(({ text }) => text).join(' ');
}
