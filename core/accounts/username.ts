import { AppError } from '../errors.ts';
import { withoutLookAlikes } from './look-alikes.ts';

const LEAST = 3;
const MOST = 32;

const LATIN = /^[\p{scx=Latin}]*$/u;

/** A name is written in one of these; mixing them is how names are made to look like somebody else's. */
const SCRIPTS = [
  LATIN,
  /^[\p{scx=Cyrillic}]*$/u,
  /^[\p{scx=Greek}]*$/u,
  /^[\p{scx=Armenian}]*$/u,
  /^[\p{scx=Georgian}]*$/u,
  /^[\p{scx=Hebrew}]*$/u,
  /^[\p{scx=Arabic}]*$/u,
  /^[\p{scx=Devanagari}]*$/u,
  /^[\p{scx=Bengali}]*$/u,
  /^[\p{scx=Tamil}]*$/u,
  /^[\p{scx=Telugu}]*$/u,
  /^[\p{scx=Thai}]*$/u,
  /^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}]*$/u,
  /^[\p{scx=Han}\p{scx=Hangul}]*$/u,
];

/** These alphabets have letters for their accents; a loose mark on one only disguises it. */
const TAKES_NO_MARKS = /[\p{scx=Latin}\p{scx=Cyrillic}\p{scx=Greek}]\p{M}/u;

/** Names that would speak for the assistant or its operator. */
const RESERVED = new Set(
  [
    'admin',
    'administrator',
    'assistant',
    'moderator',
    'official',
    'operator',
    'parley',
    'root',
    'support',
    'system',
  ].map(toUsernameKey),
);

/** The same for every way to write a name, and for names that look alike: no two people may share one. */
export function toUsernameKey(username: string): string {
  return withoutLookAlikes(username.normalize('NFKC').toLowerCase());
}

/**
 * The name as it is kept and shown: as it was written in Latin letters, else in small ones, because capitals of other
 * alphabets look like Latin letters that their small ones do not.
 * @throws AppError `invalid_request` that says what is wrong with it
 */
export function parseUsername(text: string): string {
  const username = text.normalize('NFKC');
  const problem = findProblem(username);
  if (problem) throw new AppError('invalid_request', `username ${problem}.`);
  return LATIN.test(lettersOf(username)) ? username : username.toLowerCase();
}

function findProblem(username: string): string | null {
  const length = [...username].length;
  if (length < LEAST || length > MOST) return `must have ${LEAST} to ${MOST} characters`;
  if (!/^[\p{L}\p{M}0-9._-]+$/u.test(username)) return 'may have letters, the digits 0 to 9, and . _ - only';
  if (!/^[\p{L}0-9].*[\p{L}\p{M}0-9]$/u.test(username)) return 'must begin and end with a letter or a digit';
  if (TAKES_NO_MARKS.test(username)) return 'has accents that do not belong to their letters';
  if (!SCRIPTS.some((script) => script.test(lettersOf(username)))) return 'must be written in one alphabet';
  if (RESERVED.has(toUsernameKey(username))) return 'is reserved; choose another one';
  return null;
}

function lettersOf(username: string): string {
  return username.replace(/[0-9._-]/g, '');
}
