import { createRequire } from 'node:module';
import { rememberTexts } from '../remember-texts.ts';

type Encoding = typeof import('gpt-tokenizer/encoding/o200k_base');

const require = createRequire(import.meta.url);
let encoding: Encoding | undefined;

/**
 * The vocabulary takes 170 ms and 75 MB to load, so it is loaded by the first text that really has to be counted:
 * most conversations are so far from the window's edge that `mostTokens` settles it.
 */
function loadEncoding(): Encoding {
  encoding ??= require('gpt-tokenizer/encoding/o200k_base') as Encoding;
  return encoding;
}

/** Encoding one unbroken run takes time that grows faster than its length; nothing sensible is longer than this. */
const LONGEST_RUN = 1000;
const LONG_RUN = new RegExp(`\\S{${LONGEST_RUN},}|\\s{${LONGEST_RUN},}`);
const PIECE = new RegExp(`[^]{1,${LONGEST_RUN}}`, 'g');

/** A text may speak of `<|endoftext|>`: that is text as any other, not the end of it. */
const AS_PLAIN_TEXT = { disallowedSpecial: new Set<string>() };

/** Tokens of a text in o200k_base, the vocabulary of the current OpenAI models; others come within a fifth of it. */
export function countTokens(text: string): number {
  const { countTokens: count } = loadEncoding();
  if (!LONG_RUN.test(text)) return count(text, AS_PLAIN_TEXT);
  return (text.match(PIECE) ?? []).reduce((sum, piece) => sum + count(piece, AS_PLAIN_TEXT), 0);
}

/** Never less than `countTokens`, and almost free: a token is at least one byte. */
export function mostTokens(text: string): number {
  return Buffer.byteLength(text);
}

/** `countTokens` for texts that come back with every turn, such as the history of a session. */
export const countTokensRemembered = rememberTexts(countTokens, { most: 1000 });
