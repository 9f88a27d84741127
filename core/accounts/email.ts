import { AppError } from '../errors.ts';

/** Deliberately loose: only a message sent there could tell whether an address works. */
const EMAIL = /^[^\s@<>"]{1,64}@[^\s@<>"]{1,190}\.[^\s@<>".]{2,63}$/;

/** @throws AppError `invalid_request` */
export function parseEmail(text: string): string {
  const email = text.trim().normalize('NFKC');
  if (!EMAIL.test(email)) throw new AppError('invalid_request', 'email must be an address such as ada@example.com.');
  return email;
}

/** The same however an address is capitalised. */
export function toEmailKey(email: string): string {
  return email.trim().normalize('NFKC').toLowerCase();
}
