import { detect } from 'tinyld/light';
import { STOP_WORDS } from '../retrieval/stop-words.ts';
import { tokenize } from '../retrieval/tokenize.ts';
import type { DocumentBlock } from './document-block.ts';

/** Letters enough to tell; more only costs time. */
const SAMPLE = 3000;
/** Below this, names and abbreviations decide, and they belong to no language. */
const FEWEST_LETTERS = 40;
/** Running text of a language consists to a quarter or more of its commonest words; lists of terms, of fewer. */
const FEWEST_STOP_WORDS = 0.1;

/**
 * ISO 639-1 code of the language most of the words are in, code aside; English when it cannot be told. The commonest
 * words decide where there are enough of them: names and terms, of which documentation is full, mislead the rest.
 */
export function detectLanguage(blocks: DocumentBlock[]): string {
  const words = blocks.filter((block) => block.type !== 'code').map((block) => block.text);
  const sample = words
    .join('\n')
    .slice(0, SAMPLE)
    .replace(/https?:\S+|`[^`]*`/g, ' ');
  const letters = sample.match(/\p{L}/gu)?.length ?? 0;
  if (letters < FEWEST_LETTERS) return 'en';
  return byStopWords(sample) ?? byLetters(sample, letters);
}

function byStopWords(sample: string): string | null {
  const tokens = tokenize(sample);
  const shares = Object.entries(STOP_WORDS).map(([language, common]) => {
    const share = tokens.filter((token) => common.has(token)).length / tokens.length;
    return { language, share };
  });
  const [best] = shares.toSorted((a, b) => b.share - a.share);
  return best && best.share >= FEWEST_STOP_WORDS ? best.language : null;
}

/** For other languages. What is written in Latin letters is not taken for one that is not. */
function byLetters(sample: string, letters: number): string {
  const latin = sample.match(/\p{Script=Latin}/gu)?.length ?? 0;
  const language = detect(sample);
  const isElsewhere = latin > letters / 2 && OTHER_SCRIPTS.has(language);
  return language === '' || isElsewhere ? 'en' : language;
}

const OTHER_SCRIPTS = new Set(
  'ar am be bg bn el fa gu he hi hy ja ka km kn ko mk mr my ru sr ta te th uk ur yi zh'.split(' '),
);
