import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { App, AppOptions } from '../../core/app.ts';
import type { Checkout } from '../../core/ports/checkout.ts';
import type { ModelPrice, VersionedPrice } from '../../core/ports/model-price.ts';
import { createWallets } from '../../core/wallet/wallets.ts';
import { systemClock } from './test-turns.ts';

export interface TestBilling {
  openingMicros?: number;
  freeDailyMicros?: number;
  apiKeyPriceMicros?: number;
  /** A dollar per million tokens, in and out, unless given: then a token costs one millionth. */
  price?: Partial<ModelPrice>;
}

/** A dollar per million tokens, whatever they are. */
export const plainPrice: VersionedPrice = {
  version: 'prices-1',
  inputMicrosPerMillion: 1_000_000,
  cachedInputMicrosPerMillion: 1_000_000,
  cacheWriteMicrosPerMillion: 1_000_000,
  outputMicrosPerMillion: 1_000_000,
};

/** Only what comes out costs something: then what an answer costs does not depend on how its prompt is worded. */
export const outputOnly: ModelPrice = {
  inputMicrosPerMillion: 0,
  cachedInputMicrosPerMillion: 0,
  cacheWriteMicrosPerMillion: 0,
  outputMicrosPerMillion: 1_000_000,
};

/** For apps in which nobody gets as far as paying. */
const noCheckout: Checkout = {
  open: async () => {
    throw new Error('nobody pays in this test');
  },
  readEvent: () => null,
};

export function toBilling(db: Knex, billing: TestBilling): Pick<AppOptions, 'wallets' | 'billing'> {
  const { openingMicros = 0, freeDailyMicros = 0, apiKeyPriceMicros = 0 } = billing;
  const price = { ...plainPrice, ...billing.price };
  return {
    wallets: createWallets({ db, clock: systemClock, openingMicros, freeDailyMicros }),
    billing: {
      isOn: true,
      apiKeyPriceMicros,
      priceOf: async () => price,
      priceAt: async () => price,
      checkout: noCheckout,
      rechargeCents: [500],
    },
  };
}

/** Somebody with so much in the wallet, and a session to ask in. */
export async function createPayer(app: App, amountMicros: number): Promise<{ userId: string; sessionId: string }> {
  const { id: userId } = await app.users.createVisitor();
  if (amountMicros > 0) {
    await app.wallets.credit({ userId, amountMicros, kind: 'credit', from: 'operator', key: randomUUID() });
  }
  const session = await app.sessions.create({ userId, platform: 'web', space: null });
  return { userId, sessionId: session.id };
}
