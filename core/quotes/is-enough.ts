import { tokenize } from '../retrieval/tokenize.ts';
import type { Asked, AskedWord } from './asked.ts';
import { type ScoredSection, strength } from './score-sections.ts';
import { stemsOf } from './words.ts';

/**
 * Measured with `npm run eval:quotes` and a hundred more questions: of the answerable ones nearly all are above it, of the
 * others, one in twenty. What retrieval makes of all documents counts beside what the section has of the question.
 */
const FLOOR = 0.935;
const CONFIDENCE_SHARE = 0.5;
/** For each thing that is asked about and that it does not have; a name counts twice. */
const LACKS = 0.12;
/** "Opening hours" is no place that opens and, elsewhere, some hours; less so where retrieval is sure. */
const TORN_PAIRS = 0.4;
const NEAR = 3;
/** However well its heading fits, something has to be in it. */
const LEAST_EVIDENCE = 0.4;

/** Whether a section answers, or only shares some words with the question. */
export function isEnough(section: ScoredSection, { asked, confidence }: { asked: Asked; confidence: number }): boolean {
  if (section.evidence < LEAST_EVIDENCE) return false;
  const sure = section.score + CONFIDENCE_SHARE * confidence - LACKS * section.lacks;
  if (sure < FLOOR) return false;
  return sure - TORN_PAIRS * (1 - confidence) * tornShare(section, asked) >= FLOOR;
}

/** Of the words that belong together, what share stands apart. */
function tornShare({ path, blocks }: ScoredSection, { pairs }: Asked): number {
  if (pairs.length === 0) return 0;
  const texts = [
    ...path,
    ...blocks.flatMap(({ block }) => block.units.map(({ plain }) => `${block.header ?? ''} ${plain}`)),
  ].map((text) => tokenize(text).map(stemsOf));
  const torn = pairs.filter(([first, second]) => !texts.some((words) => standTogether(words, first, second)));
  return torn.length / pairs.length;
}

function standTogether(words: ReadonlySet<string>[], first: AskedWord, second: AskedWord): boolean {
  return words.some(
    (word, at) =>
      strength(first, word) > 0 &&
      words.slice(Math.max(0, at - NEAR), at + NEAR + 1).some((other) => other !== word && strength(second, other) > 0),
  );
}
