import { AppError } from '../../core/errors.ts';
import { MICROS_PER_CENT, toDollars } from '../../core/wallet/money.ts';
import { type CommandLine, EXIT } from '../command-line.ts';

const MOST_CENTS = 100_000_000;

/** `parley credit`: adds to somebody's balance what they have paid in another way. */
export async function creditCommand(
  line: CommandLine,
  person: string,
  amount: string,
  options: { note?: string; json?: boolean },
): Promise<number> {
  const cents = toCents(amount);
  const parley = await line.open();
  try {
    const { userId, name, wallet } = await parley.operatorCredits.give({ person, cents, note: options.note ?? null });
    const { balanceMicros } = wallet;
    line.print(
      options.json
        ? JSON.stringify({ user_id: userId, credited_cents: cents, balance_micros: balanceMicros }, null, 2)
        : `Credited ${name} with ${toDollars(cents * MICROS_PER_CENT)}. The balance is ${toDollars(balanceMicros)} now.`,
    );
    return EXIT.done;
  } finally {
    await parley.close();
  }
}

function toCents(amount: string): number {
  const cents = /^\d{1,9}$/.test(amount) ? Number(amount) : 0;
  if (cents >= 1 && cents <= MOST_CENTS) return cents;
  throw new AppError('invalid_request', `The amount must be whole US cents from 1 to ${MOST_CENTS}: 500 is $5.00.`);
}
