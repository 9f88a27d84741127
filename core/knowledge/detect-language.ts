import { eld } from 'eld/small';

/** Letters enough to tell; more only costs time. */
const SAMPLE = 3000;

/** ISO 639-1 code of the language most of the text is in; English when it cannot be told. */
export function detectLanguage(text: string): string {
  const found = eld.detect(text.slice(0, SAMPLE));
  return found.isReliable() && found.language ? found.language : 'en';
}
