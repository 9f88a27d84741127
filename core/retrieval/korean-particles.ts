/**
 * Longest first: what Korean writes at the end of a noun where other languages have a word before it, and what makes a
 * verb of a noun.
 */
const PARTICLES =
  /(?:되었습니다|했습니다|됩니다|되나요|되면|되어|되는|된|합니다|하나요|하려면|하면|하는|해요|한|할|에서는|에게서|으로는|으로도|이라는|에서|에게|으로|까지|부터|처럼|보다|하고|이나|라는|은|는|이|가|을|를|에|의|도|로|와|과|만)$/;
/** What is left of a shorter word could be anything. */
const FEWEST_SYLLABLES = 2;

/** A Korean noun without its particle: 배터리를, 배터리는 and 배터리 are one word. */
export function withoutParticle(word: string): string {
  const noun = word.replace(PARTICLES, '');
  return noun.length >= FEWEST_SYLLABLES ? noun : word;
}
