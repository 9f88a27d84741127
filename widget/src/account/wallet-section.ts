import { html, nothing, type TemplateResult } from 'lit';
import { callAsMember } from '../pages/member-call.ts';
import { AccountSection } from './account-section.ts';
import { dollars } from './dollars.ts';

interface WireWallet {
  balance_micros: number;
  frozen: boolean;
}

interface WireSpending {
  billing: 'off' | 'wallet';
  recharge_cents: number[];
  free_daily_micros: number;
  free_left_micros: number;
  owed_micros: number;
}

interface WireEntry {
  id: string;
  kind: string;
  amount_micros: number;
  created_at: string;
}

interface WireRecharge {
  amount_cents: number;
  state: 'pending' | 'paid' | 'failed';
}

const MICROS_PER_CENT = 10_000;
/** Stripe tells us of a payment within seconds; after a minute, waiting in front of the page helps nobody. */
const LOOK_AGAIN_MS = 2000;
const MOST_LOOKS = 30;

const KINDS: Record<string, string> = {
  opening: 'To begin with',
  credit: 'Credit',
  recharge: 'Recharge',
  refund: 'Payment taken back',
  refund_undone: 'Payment given back',
  charge: 'Answer',
  purchase: 'API key',
  debt_paid: 'Paid of what was owed',
};

/** What I can spend, what I spent, and the way to add to it. Shows what the books say, never what an address says. */
export class WalletSection extends AccountSection {
  static override properties = {
    ...AccountSection.properties,
    wallet: { state: true },
    spending: { state: true },
    entries: { state: true },
    next: { state: true },
    recharge: { state: true },
  };

  /** Null until it is known. */
  declare wallet: WireWallet | null;
  declare spending: WireSpending | null;
  declare entries: WireEntry[];
  declare next: string | null;
  /** What became of the recharge that the browser comes back from. */
  declare recharge: WireRecharge | null;

  protected readonly heading = 'Balance';
  #looks = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.wallet = null;
    this.spending = null;
    this.entries = [];
    this.next = null;
    this.recharge = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('parley-purchased', this.#reload);
    this.#reload();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('parley-purchased', this.#reload);
    clearTimeout(this.#timer);
  }

  protected content(): TemplateResult {
    const { wallet, spending } = this;
    if (!wallet || !spending) return this.loading();
    if (spending.billing === 'off' && this.entries.length === 0) {
      return html`<p class="note">Answers cost you nothing here.</p>`;
    }
    return html`${this.#recharged()}
      <p><strong>${dollars(wallet.balance_micros)}</strong></p>
      ${wallet.frozen ? html`<p class="problem">${frozenText(spending)}</p>` : nothing}
      ${
        spending.free_daily_micros > 0
          ? html`<p class="note">
              Today ${dollars(spending.free_left_micros)} of ${dollars(spending.free_daily_micros)} is free, anew at 00:00
              UTC.
            </p>`
          : nothing
      }
      ${this.#amounts(spending)} ${this.#ledger()}`;
  }

  #recharged(): TemplateResult {
    if (!this.recharge) return html``;
    const amount = dollars(this.recharge.amount_cents * MICROS_PER_CENT);
    const text = {
      paid: `Your payment of ${amount} has arrived. Thank you!`,
      failed: `Your payment of ${amount} did not go through. Nothing was charged.`,
      pending: `No payment of ${amount} has arrived yet. If you have paid, it will be here within minutes.`,
    }[this.recharge.state];
    return html`<p class="note" role="status">${text}</p>`;
  }

  #amounts({ recharge_cents }: WireSpending): TemplateResult {
    if (recharge_cents.length === 0) {
      return html`<p class="note">To add to it, ask whoever runs this assistant.</p>`;
    }
    return html`<div class="choices" role="group" aria-label="Recharge">
      ${recharge_cents.map(
        (cents) =>
          html`<button type="button" ?disabled=${this.isBusy} @click=${() => this.#pay(cents)}>
            Add ${dollars(cents * MICROS_PER_CENT)}
          </button>`,
      )}
    </div>`;
  }

  #ledger(): TemplateResult {
    if (this.entries.length === 0) return html`<p class="note">Nothing was spent yet.</p>`;
    return html`<ul class="rows" aria-label="What moved your balance">
        ${this.entries.map(({ kind, amount_micros, created_at }) => {
          const when = new Date(created_at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
          return html`<li>
            <div class="what">
              <strong>${KINDS[kind] ?? kind}</strong>
              <span class="note"><time datetime=${created_at}>${when}</time></span>
            </div>
            <span>${amount_micros > 0 ? '+' : ''}${dollars(amount_micros)}</span>
          </li>`;
        })}
      </ul>
      ${this.next ? html`<button type="button" @click=${() => void this.attempt(() => this.#more())}>Show earlier</button>` : nothing}`;
  }

  #pay(cents: number): void {
    void this.attempt(async () => {
      const body = { amount_cents: cents };
      const { checkout_url } = await callAsMember<{ checkout_url: string }>('POST', 'wallet/recharge', body);
      location.assign(checkout_url);
    });
  }

  #reload = (): void => {
    void this.attemptNext(() => this.#load());
  };

  async #load(): Promise<void> {
    const [wallet, spending, page] = await Promise.all([
      callAsMember<WireWallet>('GET', 'wallet'),
      callAsMember<WireSpending>('GET', 'wallet/spending'),
      this.#page(null),
    ]);
    Object.assign(this, { wallet, spending, entries: page.items, next: page.next_cursor });
    await this.#lookAtRecharge();
  }

  async #more(): Promise<void> {
    const page = await this.#page(this.next);
    this.entries = [...this.entries, ...page.items];
    this.next = page.next_cursor;
  }

  #page(cursor: string | null) {
    const from = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    return callAsMember<{ items: WireEntry[]; next_cursor: string | null }>('GET', `wallet/ledger?limit=10${from}`);
  }

  /** The address only says which recharge to look up: whether it was paid, the server knows. */
  async #lookAtRecharge(): Promise<void> {
    const id = new URLSearchParams(location.search).get('recharge');
    if (id === null || !/^[\da-f-]{36}$/i.test(id)) return;
    // A made-up one is none, and no trouble of anybody's.
    this.recharge = await callAsMember<WireRecharge>('GET', `wallet/recharges/${id}`).catch(() => null);
    this.#looks += 1;
    if (this.recharge?.state !== 'pending' || this.#looks > MOST_LOOKS) return;
    this.#timer = setTimeout(this.#reload, LOOK_AGAIN_MS);
  }
}

function frozenText({ owed_micros }: WireSpending): string {
  const owed = owed_micros > 0 ? ` ${dollars(owed_micros)} is owed; the next recharge pays it first.` : '';
  return `Your balance is frozen, because a payment was taken back.${owed}`;
}
