import { STOP_WORDS } from './stop-words.ts';
import { tokenize } from './tokenize.ts';

const set = (list: string) => new Set(tokenize(list));

interface References {
  /** Words that stand for something named before. A closed class: a language has no more of them. */
  pronouns: Set<string>;
  /** At the beginning they go on with what was said. */
  conjunctions: Set<string>;
}

const REFERENCES: Record<string, References> = {
  en: {
    pronouns: set('it its they them their theirs this that these those there here he him his she her one ones'),
    conjunctions: set('and but so'),
  },
  de: {
    pronouns: set(
      'es er sie ihn ihm ihr ihre ihren sein seine deren dessen das dies diese dieser dieses dort dafür davon dazu damit',
    ),
    conjunctions: set('und aber'),
  },
  fr: {
    pronouns: set('il elle ils elles lui leur leurs celui celle ceux celles ça cela ceci y en'),
    conjunctions: set('et mais alors'),
  },
  es: {
    pronouns: set('él ella ellos ellas eso esto ese esa esos esas este esta su sus allí'),
    conjunctions: set('y pero e'),
  },
  pt: {
    pronouns: set('ele ela eles elas isso isto esse essa este esta seu sua seus suas lá'),
    conjunctions: set('e mas'),
  },
  it: {
    pronouns: set('esso essa lui lei loro quello quella questo questa suo sua ne'),
    conjunctions: set('e ma'),
  },
  nl: { pronouns: set('het hij hem haar hun dit dat die deze daar ervan erop'), conjunctions: set('en maar') },
  sv: { pronouns: set('den det de dem dess deras han hon denna detta där'), conjunctions: set('och men') },
  da: { pronouns: set('den det de dem dens deres han hun denne dette der'), conjunctions: set('og men') },
  ru: { pronouns: set('он она оно они его её их ему ей это этот эта там'), conjunctions: set('а и но') },
  uk: { pronouns: set('він вона воно вони його її їх це цей ця там'), conjunctions: set('а і й але') },
  pl: { pronouns: set('on ona ono oni jego jej ich to ten ta tam'), conjunctions: set('a i ale') },
  cs: { pronouns: set('on ona ono oni jeho její jejich to ten ta tam'), conjunctions: set('a ale') },
  tr: { pronouns: set('o onun onlar bu bunun bunlar şu orada'), conjunctions: set('ve peki') },
  id: { pronouns: set('itu ini dia mereka nya'), conjunctions: set('dan lalu') },
  zh: { pronouns: set('它 它们 这 那 这个 那个 这里 那里 他 她'), conjunctions: set('那') },
  ja: { pronouns: set('それ これ あれ その この あの そこ ここ'), conjunctions: set('そして') },
  ko: { pronouns: set('그것 이것 그건 그게 이건 거기 여기'), conjunctions: set('그리고 그럼') },
};

export interface QuestionReading {
  /** Whether it plainly speaks of something named before it. */
  refersBack: boolean;
  /** Words that are not its own: stop words, and those that refer. */
  isCommon(word: string): boolean;
}

/**
 * Reads a question in the language that most of its common words are in: "to" and "on" are pronouns of Polish, and words
 * of English that refer to nothing.
 */
export function readReferences(question: string): QuestionReading {
  const words = tokenize(question);
  const readings = Object.entries(REFERENCES).map(([language, { pronouns, conjunctions }]) => {
    const isCommon = (word: string) =>
      STOP_WORDS[language]?.has(word) === true || pronouns.has(word) || conjunctions.has(word);
    const refersBack = conjunctions.has(words[0] ?? '') || words.some((word) => pronouns.has(word));
    return { count: words.filter(isCommon).length, refersBack, isCommon };
  });
  // Of two alike the first, which is English.
  const [best] = readings.toSorted((a, b) => b.count - a.count);
  return best ?? { refersBack: false, isCommon: () => false };
}
