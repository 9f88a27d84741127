import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { toUsernameKey } from '../accounts/username.ts';
import { AppError } from '../errors.ts';
import { MICROS_PER_CENT } from './money.ts';
import type { Wallet } from './wallet.ts';
import type { Wallets } from './wallets.ts';

export interface OperatorCredit {
  /** Their id here, their username, or who they are on a platform, as in `discord:812345678901234567`. */
  person: string;
  cents: number;
  note: string | null;
}

export type OperatorCredits = ReturnType<typeof createOperatorCredits>;

/** Money that the operator gives by hand, for those who pay in another way than by Stripe. */
export function createOperatorCredits({ db, wallets }: { db: Knex; wallets: Pick<Wallets, 'credit' | 'open'> }) {
  return {
    /** @throws AppError `not_found` */
    async give({ person, cents, note }: OperatorCredit): Promise<{ userId: string; name: string; wallet: Wallet }> {
      const { id: userId, display_name: name } = await getPerson(db, person);
      const amountMicros = cents * MICROS_PER_CENT;
      const key = `operator:${randomUUID()}`;
      await wallets.credit({ userId, amountMicros, kind: 'credit', from: 'operator', key, note });
      return { userId, name, wallet: await wallets.open(userId) };
    },
  };
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

async function getPerson(db: Knex, person: string): Promise<{ id: string; display_name: string }> {
  const [platform = '', ...rest] = person.split(':');
  const identity = { platform, platform_user_id: rest.join(':') };
  const query = db('users').select('users.id', 'users.display_name');
  const found = await (UUID.test(person)
    ? query.where({ id: person })
    : rest.length > 0
      ? query.join('identities', 'identities.user_id', 'users.id').where(identity)
      : query.join('accounts', 'accounts.user_id', 'users.id').where({ username_key: toUsernameKey(person) })
  ).first();
  if (found) return found;
  throw new AppError(
    'not_found',
    `There is nobody called ${person}. Name them by their username, their id (shown at GET /api/auth/me), or their account on a platform, such as discord:812345678901234567.`,
  );
}
