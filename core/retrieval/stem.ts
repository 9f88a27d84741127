import { stemmer as ar } from '@orama/stemmers/arabic';
import { stemmer as bg } from '@orama/stemmers/bulgarian';
import { stemmer as da } from '@orama/stemmers/danish';
import { stemmer as nl } from '@orama/stemmers/dutch';
import { stemmer as en } from '@orama/stemmers/english';
import { stemmer as fi } from '@orama/stemmers/finnish';
import { stemmer as fr } from '@orama/stemmers/french';
import { stemmer as de } from '@orama/stemmers/german';
import { stemmer as el } from '@orama/stemmers/greek';
import { stemmer as hu } from '@orama/stemmers/hungarian';
import { stemmer as hi } from '@orama/stemmers/indian';
import { stemmer as id } from '@orama/stemmers/indonesian';
import { stemmer as it } from '@orama/stemmers/italian';
import { stemmer as lt } from '@orama/stemmers/lithuanian';
import { stemmer as no } from '@orama/stemmers/norwegian';
import { stemmer as pt } from '@orama/stemmers/portuguese';
import { stemmer as ro } from '@orama/stemmers/romanian';
import { stemmer as ru } from '@orama/stemmers/russian';
import { stemmer as sr } from '@orama/stemmers/serbian';
import { stemmer as es } from '@orama/stemmers/spanish';
import { stemmer as sv } from '@orama/stemmers/swedish';
import { stemmer as tr } from '@orama/stemmers/turkish';
import { stemmer as uk } from '@orama/stemmers/ukrainian';
import { foldMarks } from './fold-marks.ts';
import { withoutParticle } from './korean-particles.ts';
import { STOP_WORDS } from './stop-words.ts';

type Stemmer = (word: string) => string;

const STEMMERS: Record<string, Stemmer> = {
  bg: (word) => bg(toMutable(word)),
  ...{ ar, da, de, el, en, es, fi, fr, hi, hu, id, it, lt, nl, no, pt, ro, ru, sr, sv, tr, uk },
  nb: no,
  ko: withoutParticle,
};
/** Languages that write a short word and the next one as one: l'ordinateur, dell'azienda. */
const ELISIONS: Record<string, RegExp> = {
  fr: /^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)'(?=.)/,
  it: /^(?:[cdlmnstv]|un|all|dall|dell|nell|sull|coll|quell|quest|bell)'(?=.)/,
  ca: /^[dlmnst]'(?=.)/,
};
/** These write endings of names after an apostrophe: Isparta'da. */
const ENDINGS_APART = new Set(['tr', 'az']);

/** The Bulgarian stemmer replaces letters in place, which a string refuses with a TypeError ("повредена"). */
function toMutable(word: string): string {
  const letters = Array.from({ length: word.length }, (_, at) => word.charAt(at));
  const mutable = Object.assign(letters, {
    substring: (from: number, to: number) => letters.slice(from, to).join(''),
  });
  return mutable as unknown as string;
}

/** Enough for the words of a large collection; past it the memory is worth more than the time. */
const REMEMBERED_WORDS = 50_000;
/** Stems never change: this saves time and holds no state. */
const remembered = new Map<string, Map<string, string | null>>();

/**
 * What a word is indexed and searched as: its stem in that language, without accents; null for a stop word.
 * A language without a stemmer leaves the word whole.
 * @param language ISO 639-1
 */
export function stem(word: string, language: string): string | null {
  const known = rememberedOf(language);
  const stemmed = known.get(word);
  if (stemmed !== undefined) return stemmed;
  const term = stemAnew(word, language);
  known.set(word, term);
  return term;
}

function rememberedOf(language: string): Map<string, string | null> {
  const known = remembered.get(language);
  if (known && known.size < REMEMBERED_WORDS) return known;
  const fresh = new Map<string, string | null>();
  remembered.set(language, fresh);
  return fresh;
}

function stemAnew(word: string, language: string): string | null {
  if (STOP_WORDS[language]?.has(word)) return null;
  const bare = withoutApostrophe(word, language);
  if (bare !== word && STOP_WORDS[language]?.has(bare)) return null;
  // Some stemmers leave nothing of some words.
  return foldMarks(STEMMERS[language]?.(bare) || bare, language);
}

function withoutApostrophe(word: string, language: string): string {
  if (!word.includes("'")) return word;
  if (ENDINGS_APART.has(language)) return word.replace(/'.*/, '');
  return word.replace(ELISIONS[language] ?? /^$/, '');
}
