import { rememberTexts } from '../remember-texts.ts';
import { tokenize } from '../retrieval/tokenize.ts';
import { type AnswerKind, answerKindOf } from './answer-kind.ts';
import { likeTerms } from './like-words.ts';
import { guessLanguage, isStopWord, stemsOf } from './words.ts';

export interface AskedWord {
  /** Any of them is this word. */
  terms: ReadonlySet<string>;
  /** Any of them may stand for it. */
  like: ReadonlySet<string>;
  /** What it counts among the words of the question, before how rare it is. */
  weight: number;
  /** It says what is done, not to what. */
  isVerb: boolean;
  isCommon: boolean;
  isName: boolean;
}

/** What is looked for. */
export interface Asked {
  words: AskedWord[];
  /** Words that follow one another and name one thing together: a dark mode, opening hours. */
  pairs: [AskedWord, AskedWord][];
  kind: AnswerKind | null;
  language: string | null;
}

/** Words that stand in questions of every kind: they say little about what is asked. */
const COMMON = new Set(
  `want need like get got use using used make made give given find know known tell show help please possible thing things
  something anything someone somebody anyone way ways work works working happen happens mean means kind type types sort much
  many long big large often far any some all every there here exactly actually really just also still even only own already
  currently today now during while before after again new best good better right does supported support available option options
  people person persons user users everybody everyone somebodys
  up out off down over bring take go come try see look say says next found number
  question questions hello hi hey thanks thank able must shall will might may let lets put take it's don't one ones else other and`
    .split(/\s+/)
    .flatMap((word) => [...stemsOf(word)]),
);
const COMMON_WEIGHT = 0.3;
/** Names, codes and numbers say most: an answer about another one is none. */
const NAME_WEIGHT = 1.8;
const VERB =
  /(?<=\b(?:i|we|you|they|it|to|people|users|ich|man|wir|je|on|nous|yo)\s+(?:also |just |still |even |then )?)\p{L}+/giu;
/** What the question before adds where this one leans on it: little, unless this one names nothing itself. */
const LEANING_WEIGHT = 0.25;
const NAMELESS_WEIGHT = 0.6;
const LEANING =
  /^(?:and|or|but|what about|how about|und|et|y|e)\b|\b(?:it|its|they|them|their|there)\b|\b(?:this|that|these|those)\b(?=\W*$|\s+(?:is|are|was|do|does|can|one|work|cost|mean)\b)/i;
/** Of a long message, people ask at the beginning or at the end; every word costs time with every sentence. */
const MOST_CHARACTERS = 300;

/** Reads a question, in the light of the one before it. */
export function toAsked(message: string, messageBefore: string): Asked {
  const [question, earlier] = [withoutMiddle(message), withoutMiddle(messageBefore)];
  const language = guessLanguage(question);
  const words = toWords(question, language);
  const isNameless = words.every(({ isCommon }) => isCommon);
  const before = isNameless || LEANING.test(question.trim()) ? toWords(earlier, guessLanguage(earlier)) : [];
  const known = new Set(words.flatMap(({ terms }) => [...terms]));
  const added = before.filter(({ terms }) => ![...terms].some((term) => known.has(term)));
  return {
    words: [...words, ...added.map((word) => asBefore(word, isNameless ? NAMELESS_WEIGHT : LEANING_WEIGHT))],
    pairs: toPairs(question, words),
    kind: answerKindOf(question),
    language,
  };
}

function withoutMiddle(text: string): string {
  return text.length <= 2 * MOST_CHARACTERS
    ? text
    : `${text.slice(0, MOST_CHARACTERS)} ${text.slice(-MOST_CHARACTERS)}`;
}

/** It helps to find what is meant, and nothing is amiss where it does not stand. */
function asBefore(word: AskedWord, weight: number): AskedWord {
  return { ...word, weight: word.weight * weight, isCommon: true, isName: false };
}

/** "Is the shop open", "does the tank hold": what follows a thing there is said of it. */
const SAYS_OF_IT = /^(?:is|are|was) (?!there)|\bhow (?:much|many) \S+ \S+|\b(?:do|does|did)\b.*\S+\W*$|\S+ed\b/i;

function toPairs(question: string, words: AskedWord[]): [AskedWord, AskedWord][] {
  if (SAYS_OF_IT.test(question.trim())) return [];
  const things = tokenize(question).map((word) => {
    const [term = ''] = stemsOf(word);
    return words.find(({ terms, isVerb, isCommon }) => !isVerb && !isCommon && terms.has(term));
  });
  return things.flatMap((first, at) => {
    const second = things[at + 1];
    return first && second && first !== second ? [[first, second] as [AskedWord, AskedWord]] : [];
  });
}

const toWords = (text: string, language: string | null): AskedWord[] => {
  const names = namesIn(text);
  const verbs = new Set([...text.toLowerCase().matchAll(VERB)].map(([verb]) => verb));
  const found = new Map<string, AskedWord>();
  for (const word of tokenize(text)) {
    if (isStopWord(word, language)) continue;
    const terms = stemsOf(word);
    if (terms.size === 0) continue;
    const isCommon = [...terms].every((term) => COMMON.has(term));
    const weight = names.has(word) ? NAME_WEIGHT : isCommon ? COMMON_WEIGHT : 1;
    found.set([...terms].join(' '), {
      terms,
      like: likeTerms(terms),
      weight,
      isVerb: verbs.has(word),
      isCommon: isCommon && !names.has(word),
      isName: names.has(word),
    });
  }
  return [...found.values()];
};

/** What is written with a capital inside a sentence, in capitals, or with a digit. */
const namesIn = rememberTexts((text: string): ReadonlySet<string> => {
  const names = text.matchAll(
    /(?<=[\p{L}\p{N},'’)]\s+)\p{Lu}[\p{L}\p{N}]*|\b\p{Lu}[\p{Lu}\p{N}]+\b|\b\p{L}*\p{N}[\p{L}\p{N}]*/gu,
  );
  return new Set([...names].flatMap(([name]) => tokenize(name)));
});
