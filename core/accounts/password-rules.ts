import { AppError } from '../errors.ts';

const LEAST = 10;
const MOST = 200;
/** A part of a name shorter than this stands in too many good passwords by chance. */
const TELLING_LENGTH = 4;
/** A name in a password is no help for guessing where so much stands beside it. */
const LEAST_BESIDE_NAME = 8;

/** The most used passwords that are long enough to pass otherwise; compared without the digits and signs at the end. */
const COMMON = new Set(
  `password passwort passphrase qwertyuiop qwertzuiop asdfghjkl zxcvbnm qwerty iloveyou letmein welcome sunshine
   princess football baseball superman batman dragon monkey master shadow michael jennifer computer internet
   starwars pokemon whatever trustno changeme administrator secret abcdefghij abcdefghijk correcthorsebatterystaple`
    .split(/\s+/)
    .filter(Boolean),
);

/**
 * @throws AppError `invalid_request` that names everything that is wrong
 */
export function assertGoodPassword(password: string, { username, email }: { username: string; email: string | null }) {
  const problems = findProblems(password, [username, ...(email === null ? [] : [email, email.split('@')[0] ?? ''])]);
  if (problems.length > 0) throw new AppError('invalid_request', `password ${problems.join(', and ')}.`);
}

function findProblems(password: string, names: string[]): string[] {
  const problems: string[] = [];
  const plain = password.normalize('NFKC').toLowerCase();
  const length = [...password].length;
  if (length < LEAST) problems.push(`must have at least ${LEAST} characters`);
  if (length > MOST) problems.push(`must have at most ${MOST} characters`);
  if (!password.isWellFormed()) problems.push('must be valid text');
  if (new Set(plain).size < LEAST / 2) problems.push('must not repeat a few characters');
  if (isCommon(plain)) problems.push('must not be one that is used by many');
  if (names.some((name) => isLittleMoreThan(plain, name.toLowerCase()))) {
    problems.push('must not be your username or email with little beside it');
  }
  return problems;
}

function isLittleMoreThan(password: string, name: string): boolean {
  if (name.length < TELLING_LENGTH || !password.includes(name)) return false;
  return password.replaceAll(name, '').length < LEAST_BESIDE_NAME;
}

function isCommon(plain: string): boolean {
  const withoutTail = plain.replace(/[^\p{L}]+$/u, '').replace(/^[^\p{L}]+/u, '');
  return COMMON.has(withoutTail) || '01234567890123456789098765432109876543210'.includes(plain);
}
