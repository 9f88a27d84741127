import { detect } from 'tinyld/light';
import type { DocumentBlock } from './document-block.ts';

/** Letters enough to tell; more only costs time. */
const SAMPLE = 3000;
/** Below this, names and abbreviations decide, and they belong to no language. */
const FEWEST_LETTERS = 40;

/** ISO 639-1 code of the language most of the words are in, code aside; English when it cannot be told. */
export function detectLanguage(blocks: DocumentBlock[]): string {
  const words = blocks.filter((block) => block.type !== 'code').map((block) => block.text);
  const sample = words
    .join('\n')
    .slice(0, SAMPLE)
    .replace(/https?:\S+|`[^`]*`/g, ' ');
  const letters = sample.match(/\p{L}/gu)?.length ?? 0;
  return (letters >= FEWEST_LETTERS ? detect(sample) : '') || 'en';
}
