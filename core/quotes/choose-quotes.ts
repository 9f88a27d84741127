import type { Passage } from '../ports/chat-model.ts';
import { CONFIDENCE_THRESHOLD, WORDS_SUFFICE } from '../retrieval/confidence.ts';
import { mainScript } from '../retrieval/scripts.ts';
import type { Asked } from './asked.ts';
import { cutSection } from './cut-section.ts';
import { isEnough } from './is-enough.ts';
import type { Quote } from './quote.ts';
import { type ScoredSection, scoreSections } from './score-sections.ts';
import type { Block } from './section.ts';
import { guessLanguage } from './words.ts';

/** A second section has to be nearly as good as the best one. */
const NEARLY = 0.9;
const MOST_QUOTES = 2;
const UNKNOWN_CONFIDENCE = 0.5;
const MOST_CHARACTERS = 1800;

/** What a careful person would copy out for a question; nothing where the passages do not say. */
export function chooseQuotes(passages: Passage[], asked: Asked, confidence = UNKNOWN_CONFIDENCE): Quote[] {
  const sections = scoreSections(passages, asked).toSorted((a, b) => b.score - a.score);
  const [best] = sections;
  const answers = (section: ScoredSection) => isEnough(section, { asked, confidence });
  if (!best) return [];
  if (!answers(best)) return isForRetrievalToSay(passages, asked, confidence) ? [cutSection(best)] : [];
  const quotes: Quote[] = [];
  let characters = 0;
  for (const section of sections) {
    if (quotes.length >= MOST_QUOTES || section.score < best.score * NEARLY || !answers(section)) break;
    const quote = cutSection(section);
    const length = lengthOf(quote);
    const begun = quotes.find((other) => isSameTable(other, quote));
    if (begun) {
      continueTable(begun, quote);
      continue;
    }
    if (quotes.length > 0 && (characters + length > MOST_CHARACTERS || saysTheSame(quote, quotes))) continue;
    characters += length;
    quotes.push(quote);
  }
  return quotes;
}

/** Words that are not understood here tell nothing: what was found is shown where retrieval, which knows more, is sure. */
function isForRetrievalToSay(passages: Passage[], asked: Asked, confidence: number): boolean {
  if (isInAnotherLanguage(passages, asked)) return confidence >= CONFIDENCE_THRESHOLD;
  return isInOtherLetters(passages) && confidence >= WORDS_SUFFICE;
}

function isInAnotherLanguage([first]: Passage[], { language, words }: Asked): boolean {
  if (!first) return false;
  const written = guessLanguage(first.text);
  return language !== written && (language !== null || words.length > 0) && written !== null;
}

/** Scripts of whose languages neither stems nor commonest words are known here. */
function isInOtherLetters([first]: Passage[]): boolean {
  return first !== undefined && mainScript(first.text) !== 'Latin';
}

function isSameTable(one: Quote, other: Quote): boolean {
  const header = tableOf(one)?.header;
  return header !== undefined && header === tableOf(other)?.header && one.path.join('\n') === other.path.join('\n');
}

function continueTable(begun: Quote, { passages, blocks }: Quote): void {
  const rows = blocks.find(({ kind }) => kind === 'table')?.units ?? [];
  const table = tableOf(begun);
  const added = rows.filter((row) => !table?.units.some(({ text }) => text === row.text));
  if (!table || added.length === 0) return;
  table.units = [...table.units, ...added];
  begun.passages = [...begun.passages, ...passages];
}

function tableOf({ blocks }: Quote): Block | undefined {
  return blocks.find(({ kind }) => kind === 'table');
}

function lengthOf({ blocks }: Quote): number {
  return blocks.flatMap(({ units }) => units).reduce((sum, { text }) => sum + text.length, 0);
}

function saysTheSame(quote: Quote, others: Quote[]): boolean {
  const plain = ({ blocks }: Quote) => blocks.flatMap(({ units }) => units.map((unit) => unit.plain)).join(' ');
  return others.some((other) => plain(other).includes(plain(quote)) || plain(quote).includes(plain(other)));
}
