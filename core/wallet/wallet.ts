/** What a person can spend here. Amounts are millionths of a US dollar. */
export interface Wallet {
  id: string;
  /** The sum of the ledger. */
  balanceMicros: number;
  /** Of the balance, what answers that are being written may still cost. */
  heldMicros: number;
  /** What is left of today's free allowance, and what of it is held. */
  freeMicros: number;
  freeHeldMicros: number;
  owedMicros: number;
  isFrozen: boolean;
}

export interface WalletRow {
  id: string;
  balance_micros: number;
  held_micros: number;
  free_micros: number;
  free_held_micros: number;
  owed_micros: number;
  is_frozen: boolean;
}

export function toWallet(row: WalletRow): Wallet {
  return {
    id: row.id,
    balanceMicros: row.balance_micros,
    heldMicros: row.held_micros,
    freeMicros: row.free_micros,
    freeHeldMicros: row.free_held_micros,
    owedMicros: row.owed_micros,
    isFrozen: row.is_frozen,
  };
}

/** What the balance can still be spent on. */
export function availableMicros(wallet: Wallet): number {
  return wallet.isFrozen ? 0 : wallet.balanceMicros - wallet.heldMicros;
}

/** What one of the two that can pay for an answer has to spare. */
export function spendableMicros(wallet: Wallet, payer: 'wallet' | 'free'): number {
  return payer === 'wallet' ? availableMicros(wallet) : wallet.freeMicros - wallet.freeHeldMicros;
}
