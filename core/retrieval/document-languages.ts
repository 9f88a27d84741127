import type { Knex } from 'knex';
import { listDocumentLanguages } from './chunks-repository.ts';

/** Words of a question are stemmed in at most so many languages. */
const MOST_LANGUAGES = 5;
const REFRESH_MS = 60_000;

/** The languages most documents are in, asked of the database once a minute; never empty. */
export function createDocumentLanguages(db: Knex): () => Promise<string[]> {
  let known: Promise<string[]> | null = null;
  return () => {
    if (known) return known;
    const asked = listDocumentLanguages(db).then((languages) =>
      languages.length === 0 ? ['en'] : languages.slice(0, MOST_LANGUAGES),
    );
    const forget = () => {
      if (known === asked) known = null;
    };
    asked.then(() => setTimeout(forget, REFRESH_MS).unref(), forget);
    known = asked;
    return asked;
  };
}
