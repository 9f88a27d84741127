import { createHash, randomBytes } from 'node:crypto';

/** 128 bits: nobody finds one by trying. */
const CODE_BYTES = 16;
const CODE = /^[\w-]{22}$/;

export function createLinkCode(): string {
  return randomBytes(CODE_BYTES).toString('base64url');
}

/**
 * What is kept of a code: whoever reads the database cannot use it. A fast hash will do for what is random and long.
 * @returns null for what cannot be a code
 */
export function hashLinkCode(code: string): string | null {
  return CODE.test(code) ? createHash('sha256').update(code).digest('base64url') : null;
}
