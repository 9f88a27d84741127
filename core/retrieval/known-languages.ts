import type { Embedder } from '../ports/embedder.ts';
import { languageOfScript, mainScript } from './scripts.ts';
import { STOP_WORDS } from './stop-words.ts';
import { tokenize } from './tokenize.ts';

type Knowing = Pick<Embedder, 'languages'>;

/** Whether vectors of a language mean anything: those of a model that was not measured on it are all alike. */
export function knowsLanguage({ languages }: Knowing, language: string): boolean {
  return languages?.includes(language) ?? true;
}

/** The same for a question, whose language can only be guessed: false where it is plainly in another one. */
export function mayKnowQuestion({ languages }: Knowing, question: string): boolean {
  if (!languages) return true;
  const script = mainScript(question);
  if (script !== 'Latin' && script !== null) return languages.includes(languageOfScript(script) ?? '');
  const words = tokenize(question);
  const shares = Object.entries(STOP_WORDS).map(([language, common]) => ({
    isKnown: languages.includes(language),
    count: words.filter((word) => common.has(word)).length,
  }));
  const most = (isKnown: boolean) =>
    Math.max(0, ...shares.filter((share) => share.isKnown === isKnown).map(({ count }) => count));
  if (most(true) !== most(false)) return most(true) > most(false);
  return languages.includes('en') && !/[^\p{ASCII}’‘“”–—…]/u.test(question.normalize('NFKC'));
}
