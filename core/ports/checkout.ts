/** What a payment provider tells of payments that it was asked for. Amounts are in US cents. */
export type PaymentEvent = { id: string } & (
  | {
      type: 'paid';
      checkoutId: string;
      rechargeId: string | null;
      paymentId: string | null;
      /** Null where the notification leaves it out: then it is what was asked for. */
      cents: number | null;
      currency: string | null;
    }
  | { type: 'failed'; checkoutId: string; rechargeId: string | null }
  /** All that was refunded of the payment so far. */
  | { type: 'refunded'; paymentId: string; cents: number }
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
