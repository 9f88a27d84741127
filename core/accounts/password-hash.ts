import { hash, verify } from '@node-rs/argon2';

/** What OWASP asks of argon2id at least: 19 MiB, two passes. The package's own default algorithm is argon2id. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Of a password that nobody has, made with the same cost: compared where there is none, so that it takes as long. */
const NOBODY = '$argon2id$v=19$m=19456,t=2,p=1$7Nv/qmO15eKbLE+RJoyLLQ$uRs91CJr38EzSg28YsF5POexkTyEEsOymPMzV+fWsnA';

/** Gives the hash with its salt and its cost, so that a later cost does not make it useless. */
export function hashPassword(password: string): Promise<string> {
  return hash(toOneForm(password), COST);
}

/** @param passwordHash null where there is no such account: takes as long, and is never right */
export async function isPassword(password: string, passwordHash: string | null): Promise<boolean> {
  const isRight = await verify(passwordHash ?? NOBODY, toOneForm(password));
  return isRight && passwordHash !== null;
}

/** Keyboards differ in how they send an accented letter. */
function toOneForm(password: string): string {
  return password.normalize('NFKC');
}
