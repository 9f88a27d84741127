import { createHash } from 'node:crypto';

/**
 * A mark that quoted text cannot close: it is a digest of everything it surrounds, and no text can be written so that
 * it contains the digest of itself and its neighbours. Needing no randomness, the same text gives the same mark, which
 * servers that cache prompts reward.
 */
export function toFenceMark(name: string, text: string): string {
  let digest = text;
  do digest = createHash('sha256').update(digest).digest('hex').slice(0, 16);
  while (text.includes(digest));
  return `${name}-${digest}`;
}
