import { languageOfScript, mainScript } from '../retrieval/scripts.ts';
import { STOP_WORDS } from '../retrieval/stop-words.ts';
import { tokenize } from '../retrieval/tokenize.ts';
import type { DocumentBlock } from './document-block.ts';

/** Letters enough to tell; more only costs time. */
const SAMPLE = 3000;
/** The table reads no more of a text at once. */
const PIECE = 300;
/** Below this, abbreviations decide, and they belong to no language; few of those are written in other letters. */
const FEWEST_LETTERS = 16;
const FEWEST_LETTERS_ELSEWHERE = 8;
/** Running text of a language consists to a quarter or more of its commonest words; lists of terms, of fewer. */
const MANY_STOP_WORDS = 0.25;
const FEWEST_STOP_WORDS = 0.1;
/**
 * Languages whose commonest words are their own: of passages of 200 characters in 26 languages of Latin letters, no
 * other one is taken for them. Romance and Slavic ones share theirs ("a", "o", "na", "se").
 */
const DISTINCT = ['en', 'de', 'nl'];
/** How much more a language has to fit than English, in which names and terms are. */
const MARGIN = 0.08;
/** The table has no Indonesian, which it takes for its closest relative; only for Indonesian there is a stemmer. */
const RELATIVES: Record<string, string> = { ms: 'id' };

/**
 * ISO 639-1 code of the language most of the words are in, code aside; English when it cannot be told. Script and the
 * commonest words decide many texts; the rest is compared with a table of n-grams, which takes some 80 MB and is loaded
 * only then.
 */
export async function detectLanguage(blocks: DocumentBlock[]): Promise<string> {
  const sample = blocks
    .filter((block) => block.type !== 'code')
    .map((block) => block.text)
    .join('\n')
    .slice(0, SAMPLE)
    .replace(/https?:\S+|`[^`]*`/g, ' ')
    .normalize('NFC');
  const script = mainScript(sample);
  const byScript = languageOfScript(script);
  if (byScript) return byScript;
  const letters = sample.match(/\p{L}/gu)?.length ?? 0;
  if (letters < (script === 'Latin' ? FEWEST_LETTERS : FEWEST_LETTERS_ELSEWHERE)) return 'en';
  const common = script === 'Latin' ? byStopWords(sample) : null;
  return common?.isCertain ? common.language : ((await byLetters(sample, script)) ?? common?.language ?? 'en');
}

function byStopWords(sample: string): { language: string; isCertain: boolean } | null {
  const tokens = tokenize(sample);
  const shares = Object.entries(STOP_WORDS).map(([language, common]) => {
    const share = tokens.filter((token) => common.has(token)).length / tokens.length;
    return { language, share };
  });
  const [best, second] = shares.toSorted((a, b) => b.share - a.share);
  if (!best || !second || best.share < FEWEST_STOP_WORDS) return null;
  const isClear = best.share >= MANY_STOP_WORDS && best.share >= 2 * second.share;
  return { language: best.language, isCertain: isClear && DISTINCT.includes(best.language) };
}

/** By the n-grams of each piece, all pieces together; null where no language stands out. */
async function byLetters(sample: string, script: string | null): Promise<string | null> {
  const { eld } = await import('eld/extrasmall');
  const totals = new Map<string, number>();
  let isReliable = false;
  for (let at = 0; at < sample.length; at += PIECE) {
    const result = eld.detect(sample.slice(at, at + PIECE));
    isReliable ||= result.isReliable();
    const letters = Math.min(PIECE, sample.length - at);
    for (const [language, score] of Object.entries(result.getScores())) {
      totals.set(language, (totals.get(language) ?? 0) + (score * letters) / sample.length);
    }
  }
  const fitting = [...totals].filter(([language]) => isWrittenIn(language, script));
  const [best] = fitting.toSorted(([, a], [, b]) => b - a);
  if (!best || !isReliable) return null;
  const [language, score] = best;
  if (script === 'Latin' && score < (totals.get('en') ?? 0) + MARGIN) return null;
  return RELATIVES[language] ?? language;
}

const CYRILLIC = new Set(['ru', 'uk', 'bg', 'sr', 'be']);
const ARABIC = new Set(['ar', 'fa', 'ur', 'ku']);
const DEVANAGARI = new Set(['hi', 'mr']);

/** What is written in one script is not taken for a language of another. */
function isWrittenIn(language: string, script: string | null): boolean {
  if (script === 'Cyrillic') return CYRILLIC.has(language);
  if (script === 'Arabic') return ARABIC.has(language);
  if (script === 'Devanagari') return DEVANAGARI.has(language);
  const isElsewhere = [CYRILLIC, ARABIC, DEVANAGARI].some((others) => others.has(language));
  return !isElsewhere || language === 'sr' || language === 'ku';
}
