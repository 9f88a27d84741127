import { createHash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const START = 'pk_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 202 bits; those that are not shown in the prefix are still 166. */
const RANDOM_CHARACTERS = 34;
/** As many as the largest CRC-32 needs in base 62. */
const CHECKSUM_CHARACTERS = 6;
const PREFIX_CHARACTERS = START.length + 6;
const KEY = new RegExp(`^${START}([0-9A-Za-z]{${RANDOM_CHARACTERS}})([0-9A-Za-z]{${CHECKSUM_CHARACTERS}})$`);

/**
 * A new key: `pk_`, random letters and digits, and a checksum of those, by which scanners of repositories tell a key
 * from other text, and we tell a mistyped one from an unknown one without asking the database.
 */
export function createKeyText(): string {
  const random = Array.from({ length: RANDOM_CHARACTERS }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return START + random + checksumOf(random);
}

/** Whether a bearer token is meant to be one of our keys. */
export function looksLikeKey(token: string): boolean {
  return token.startsWith(START);
}

/** Whether it is the whole text of a key, by its checksum; whether there is such a key only the database knows. */
export function isKeyText(token: string): boolean {
  const [, random, checksum] = KEY.exec(token) ?? [];
  return random !== undefined && checksum === checksumOf(random);
}

/** What is shown of a key after its creation. */
export function prefixOf(key: string): string {
  return key.slice(0, PREFIX_CHARACTERS);
}

/** A fast hash will do: what is hashed is random and long. */
export function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

function checksumOf(random: string): string {
  let rest = crc32(random);
  let text = '';
  for (let at = 0; at < CHECKSUM_CHARACTERS; at++) {
    text = ALPHABET[rest % ALPHABET.length] + text;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text;
}
