/**
 * What a payment provider tells of payments that it was asked for, and when by its own clock. Amounts are in hundredths
 * of the currency that was paid in, which is US dollars unless the payment says otherwise.
 */
export type PaymentEvent = { id: string; at: Date } & (
  | {
      type: 'paid';
      checkoutId: string;
      rechargeId: string | null;
      paymentId: string | null;
      /** Null where the notification leaves it out: then it is what was asked for. */
      cents: number | null;
      currency: string | null;
      /** What it came to in the currency that the person chose, where that is another one. */
      chargedCents: number | null;
    }
  | { type: 'failed'; checkoutId: string; rechargeId: string | null }
  /** All that was refunded of the payment so far. */
  | { type: 'refunded'; paymentId: string; cents: number }
  /** One refund of it, which is among those, and may be given back when it could not be carried out. */
  | { type: 'single_refund'; paymentId: string; refundId: string; cents: number; isGivenBack: boolean }
  | ({ type: 'disputed'; paymentId: string; disputeId: string; cents: number } & DisputeFacts)
);

/** What one notification says of a dispute; what it does not say is false. */
interface DisputeFacts {
  /** The money was taken from the operator. */
  isTaken: boolean;
  /** The operator has it again. */
  isGivenBack: boolean;
  isClosed: boolean;
}

export interface NewCheckout {
  /** Also what keeps a request that is tried again from making a second one. */
  rechargeId: string;
  userId: string;
  cents: number;
  /** Where the browser comes back to, however it went: only `readEvent` tells whether it was paid. */
  returnUrl: string;
}

/** A provider's own page on which people pay. */
export interface Checkout {
  /** @throws AppError `payment_unavailable` */
  open(checkout: NewCheckout): Promise<{ id: string; url: string }>;
  /**
   * Reads a notification that the provider has signed.
   * @returns null when it is about something else
   * @throws AppError `invalid_request` when the signature is wrong or old
   */
  readEvent(body: Buffer, signature: string): PaymentEvent | null;
}
