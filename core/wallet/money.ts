/** A cent of a US dollar in the unit of every amount here. */
export const MICROS_PER_CENT = 10_000;

export const CURRENCY = 'usd';

/** `$1.23` for people, as exact as the amount is: `$0.000041`. Never rounded up. */
export function toDollars(amountMicros: number): string {
  const sign = amountMicros < 0 ? '-' : '';
  const digits = String(Math.abs(amountMicros)).padStart(7, '0');
  const fraction = digits.slice(-6).replace(/0{1,4}$/, '');
  return `${sign}$${digits.slice(0, -6)}.${fraction}`;
}
