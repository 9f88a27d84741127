import type { Config } from '../config.ts';
import type { BillingOptions } from '../core/app.ts';
import type { Catalogue } from '../core/models/catalogue.ts';
import type { Checkout } from '../core/ports/checkout.ts';
import { MICROS_PER_CENT } from '../core/wallet/money.ts';

/** Who pays, what it costs, and where people pay in. */
export async function createBilling(config: Config, { catalogue }: { catalogue: Catalogue }): Promise<BillingOptions> {
  const isOn = config.BILLING === 'wallet';
  return {
    isOn,
    priceOf: catalogue.priceOf,
    priceAt: catalogue.priceAt,
    apiKeyPriceMicros: isOn ? config.API_KEY_PRICE_CENTS * MICROS_PER_CENT : 0,
    checkout: await createCheckout(config),
    rechargeCents: config.RECHARGE_CENTS,
  };
}

async function createCheckout(config: Config): Promise<Checkout | null> {
  if (!config.STRIPE_SECRET_KEY || !config.STRIPE_WEBHOOK_SECRET) return null;
  const { createStripeCheckout } = await import('../core/adapters/stripe-checkout.ts');
  return createStripeCheckout({
    secretKey: config.STRIPE_SECRET_KEY,
    webhookSecret: config.STRIPE_WEBHOOK_SECRET,
    apiUrl: config.STRIPE_API_URL,
    productName: `Balance for ${config.ASSISTANT_NAME}`,
  });
}
