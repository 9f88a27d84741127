import type { Passage } from '../ports/chat-model.ts';
import { kindBonus } from './answer-kind.ts';
import type { Asked, AskedWord } from './asked.ts';
import { readSections } from './read-sections.ts';
import type { Block, Section, Unit } from './section.ts';
import { toTerms, toTermsOfUnit, toWordStems } from './words.ts';

export interface ScoredUnit {
  unit: Unit;
  /** 0 to 1: what share of the question it has, with the headings above it. */
  evidence: number;
  /** The same without headings, the names of columns and what all its neighbours have. */
  own: number;
  score: number;
}

export interface ScoredBlock {
  block: Block;
  units: ScoredUnit[];
  /** Of its best unit. */
  score: number;
}

export interface ScoredSection {
  passage: Passage;
  /** From the title of the document down. */
  path: string[];
  blocks: ScoredBlock[];
  evidence: number;
  /** Words for a thing that neither it nor what stands above it has. */
  lacks: number;
  score: number;
}

/** A word counts in full where it stands, and less where it only stands above or near. */
const HEADING_SHARE = 1;
const ABOVE_SHARE = 0.85;
const NEAR_SHARE = 0.5;
/** Another word for it. */
const LIKE_SHARE = 0.75;
const SAID_OTHERWISE = 0.5;
const NAME_LACKS = 2;
/** What is less rare among the sections is what all of them are about. */
const TOPIC_RARITY = 0.35;
const HEADING_BONUS = 0.3;
/** The title of a page is above all of it, and tells least about its beginning. */
const TITLE_SHARE = 0.3;
const INTRODUCTION_DISCOUNT = 0.1;
/** Columns named after what is asked. */
const COLUMN_BONUS = 0.15;
/** Words in code are names and addresses, seldom what is meant. */
const CODE_SHARE = 0.8;
const OWN_SHARE = 0.1;
const SUBJECT_BONUS = 0.08;
const RANK_DISCOUNT = 0.02;
const LABEL_BONUS = 0.1;

type Terms = ReadonlySet<string>;
type Weighted = AskedWord & { weighs: number; rarity: number };

/** Every section of the passages, with what share of the question it has. */
export function scoreSections(passages: Passage[], asked: Asked): ScoredSection[] {
  const sections = passages.flatMap((passage, rank) =>
    readSections(passage.text).map((section) => ({ passage, rank, section, ...termsOfSection(passage, section) })),
  );
  const words = weigh(
    asked.words,
    sections.map(({ all, heading }) => [all, heading]),
  );
  return sections.map(({ passage, rank, section, path, heading, above, all }) => {
    const blocks = section.blocks.map((block, at) =>
      scoreBlock(block, { words, asked, heading, above, around: [section.blocks[at - 1], section.blocks[at + 1]] }),
    );
    const units = blocks.flatMap((block) => block.units);
    const best = Math.max(0, ...units.map(({ score }) => score));
    const isIntroduction = path.length === 1;
    const fit = headingFit(words, path.at(-1) ?? '');
    return {
      passage,
      path,
      blocks,
      evidence: Math.max(0, ...units.map(({ evidence }) => evidence)),
      lacks: sum(
        words.map((word) => (isThing(word) && !has(word, [all, heading, above]) ? (word.isName ? NAME_LACKS : 1) : 0)),
      ),
      score:
        best +
        HEADING_BONUS * (isIntroduction ? TITLE_SHARE : 1) * fit -
        (isIntroduction ? INTRODUCTION_DISCOUNT : 0) -
        RANK_DISCOUNT * rank,
    };
  });
}

function termsOfSection(passage: Passage, section: Section) {
  const outer = [passage.title, ...passage.headings.filter((heading) => heading !== passage.title)];
  const path = [...outer, ...section.headings].filter((name) => name.trim() !== '');
  const text = section.blocks.flatMap(({ units, header }) => [header ?? '', ...units.map(({ plain }) => plain)]);
  return {
    path,
    heading: toTerms(path.at(-1) ?? ''),
    above: toTerms(path.slice(0, -1).join('\n')),
    all: toTerms(text.join('\n')),
  };
}

/** Rare words tell more than common ones; those that nothing has tell most. */
function weigh(words: AskedWord[], texts: Terms[][]): Weighted[] {
  const rarest = Math.log(1 + (texts.length + 0.5) / 0.5);
  return words.map((word) => {
    const having = texts.filter((parts) => parts.some((terms) => strength(word, terms) > 0)).length;
    const rarity = Math.log(1 + (texts.length - having + 0.5) / (having + 0.5)) / rarest;
    // A common word, or what is done, is said in other words more often than what it is done to.
    const isSaidOtherwise = having === 0 && (word.isVerb || word.isCommon);
    return { ...word, rarity, weighs: word.weight * (0.2 + 0.8 * rarity) * (isSaidOtherwise ? SAID_OTHERWISE : 1) };
  });
}

/** Whether a text has that word: 1 where it does, less where it has one like it. */
export function strength({ terms, like }: AskedWord, text: Terms): number {
  for (const term of terms) if (text.has(term)) return 1;
  for (const term of like) if (text.has(term)) return LIKE_SHARE;
  return 0;
}

interface Surroundings {
  words: Weighted[];
  asked: Asked;
  heading: Terms;
  above: Terms;
  /** The blocks before and after it. */
  around: (Block | undefined)[];
}

function scoreBlock(block: Block, { words, asked, heading, above, around }: Surroundings): ScoredBlock {
  const total = sum(words.map(({ weighs }) => weighs)) || 1;
  const termsOfUnits = block.units.map(({ plain }) => toTermsOfUnit(plain));
  const near = nearOf(block, around);
  const columns = toTerms(block.header ?? '');
  const telling = words.map((word) => tellingShare(word, termsOfUnits));
  const named = headingFit(words, block.header ?? '') > 0 ? 1 : 0;
  const units = block.units.map((unit, at) => {
    const terms = termsOfUnits[at] ?? new Set();
    const label = block.kind === 'table' ? toTerms(unit.plain.split(' | ')[0] ?? '') : new Set<string>();
    const shares = words.map((word, n) => {
      const own = strength(word, terms) * (block.kind === 'code' ? CODE_SHARE : 1);
      const context = Math.max(
        strength(word, columns) * HEADING_SHARE,
        strength(word, heading) * HEADING_SHARE,
        strength(word, above) * ABOVE_SHARE,
        strength(word, near) * NEAR_SHARE,
      );
      const explained = Math.max(strength(word, columns), strength(word, heading)) >= 1;
      const alone = explained ? 0 : own * (telling[n] ?? 0) * (1 + LABEL_BONUS * strength(word, label));
      return { evidence: Math.max(own, context) * word.weighs, own: alone * word.weighs };
    });
    const evidence = sum(shares.map((share) => share.evidence)) / total;
    const own = sum(shares.map((share) => share.own)) / total;
    const beginning = toTerms(beginningOf(unit.plain));
    const begins = words.some((word) => !word.isCommon && strength(word, beginning) === 1);
    const score =
      evidence + OWN_SHARE * own + COLUMN_BONUS * named + kindBonus(asked.kind, unit) + (begins ? SUBJECT_BONUS : 0);
    return { unit, evidence, own, score };
  });
  return { block, units, score: Math.max(0, ...units.map(({ score }) => score)) };
}

/** What all rows or sentences have tells none of them from the others. */
function tellingShare(word: AskedWord, units: Terms[]): number {
  const having = units.filter((terms) => strength(word, terms) === 1).length;
  return 1 - Math.max(0, having - 1) / units.length;
}

/** Where the subject of a sentence stands, and the name of a row. */
function beginningOf(plain: string): string {
  return plain.slice(0, 60).split(/\s+/, 4).join(' ');
}

/** What a sentence, step or piece of code is read together with; the other rows and items are about something else. */
function nearOf({ kind, units }: Block, around: (Block | undefined)[]): Terms {
  const prose = around.filter((block) => block?.kind === 'prose');
  const others = kind === 'prose' ? around.filter((block) => block?.kind !== 'prose') : [];
  const own = kind === 'prose' || kind === 'steps' ? units : [];
  const near = [...prose, ...others].flatMap((block) => block?.units ?? []);
  return toTerms([...near, ...own].map(({ plain }) => plain).join('\n'));
}

/** 1 where the heading says what is asked, and nothing else. */
function headingFit(words: Weighted[], heading: string): number {
  const said = toWordStems(heading);
  if (said.length === 0) return 0;
  const total = sum(words.map(({ weighs }) => weighs)) || 1;
  const asked = sum(words.map((word) => Math.max(0, ...said.map((terms) => strength(word, terms))) * word.weighs));
  const named = said.filter((terms) => words.some((word) => strength(word, terms) > 0)).length;
  const hasThing = said.some((terms) => words.some((word) => !word.isCommon && strength(word, terms) > 0));
  return hasThing ? (asked / total) * (0.5 + (0.5 * named) / said.length) : 0;
}

/** A word for something that is asked about, and that not everything here is about. */
function isThing({ isVerb, isCommon, isName, rarity }: Weighted): boolean {
  return isName || (!isVerb && !isCommon && rarity >= TOPIC_RARITY);
}

function has(word: AskedWord, texts: Terms[]): boolean {
  return texts.some((terms) => strength(word, terms) > 0);
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
