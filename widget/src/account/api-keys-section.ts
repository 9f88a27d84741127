import { html, nothing, type TemplateResult } from 'lit';
import { callAsMember } from '../pages/member-call.ts';
import { textField } from '../pages/text-field.ts';
import { limitsOf, stateOf, type WireApiKey } from './api-key-text.ts';
import { dollars } from './dollars.ts';
import { FormSection } from './form-section.ts';
import { type NewApiKey, newApiKey } from './new-api-key.ts';

const PATH = 'api-keys';
/** As many as anybody can have: they all fit one page of the list. */
const MOST_KEYS = 100;

/** Keys by which my programs use the assistant. A new one is shown once, and gone when the page is left. */
export class ApiKeysSection extends FormSection {
  static override properties = {
    ...FormSection.properties,
    keys: { state: true },
    price: { state: true },
    made: { state: true },
    isCopied: { state: true },
  };

  /** Null until they are known. */
  declare keys: WireApiKey[] | null;
  /** What making one costs; null where nobody pays for anything. */
  declare price: number | null;
  /** The key that was just made. */
  declare made: NewApiKey | null;
  declare isCopied: boolean;

  protected readonly heading = 'API keys';

  constructor() {
    super();
    this.keys = null;
    this.price = null;
    this.made = null;
    this.isCopied = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.attempt(async () => {
      const spending = callAsMember<{ billing: string; api_key_price_micros: number }>('GET', 'wallet/spending');
      const [{ billing, api_key_price_micros }] = await Promise.all([spending, this.#load()]);
      this.price = billing === 'off' ? null : api_key_price_micros;
    });
  }

  protected content(): TemplateResult {
    const { keys, made } = this;
    if (!keys) return this.loading();
    return html`<p class="note">
        With a key your programs ask the assistant in your name. ${this.#cost()}
      </p>
      ${made ? this.#made(made) : this.isAsking ? this.#form() : this.#begin()}
      ${
        keys.length > 0
          ? html`<ul class="rows" aria-label="Your API keys">
              ${keys.map((key) => this.#row(key))}
            </ul>`
          : nothing
      }`;
  }

  #cost(): string {
    if (this.price === null) return '';
    const once = this.price > 0 ? `Making one costs ${dollars(this.price)}, once. ` : '';
    return `${once}What it is used for is paid from your balance.`;
  }

  #begin(): TemplateResult {
    return html`<div class="choices"><button type="button" @click=${this.ask}>Make a key</button></div>`;
  }

  #form(): TemplateResult {
    return html`<form novalidate @submit=${this.#submit}>
      ${textField({
        name: 'api_key_name',
        label: 'Name of the key',
        hint: 'Such as the program that will use it.',
        problem: this.wrong,
      })}
      <div class="choices">
        <button class="main">${this.isBusy ? 'Making it…' : 'Make the key'}</button>
        ${this.cancel()}
      </div>
    </form>`;
  }

  #made(made: NewApiKey): TemplateResult {
    return newApiKey(made, {
      isCopied: this.isCopied,
      onCopy: () => this.#copy(made.key),
      onDone: () => {
        this.made = null;
      },
    });
  }

  #row(key: WireApiKey): TemplateResult {
    const { name, prefix, is_active } = key;
    return html`<li>
      <div class="what">
        <strong>${name}</strong>
        <span class="note">${prefix}…, ${stateOf(key)}</span>
        <span class="note">${limitsOf(key)}</span>
      </div>
      <button
        type="button"
        role="switch"
        class=${is_active ? 'main' : ''}
        aria-checked=${is_active ? 'true' : 'false'}
        aria-label="Key ${name}"
        @click=${() => this.#switch(name, !is_active)}
      >
        ${is_active ? 'On' : 'Off'}
      </button>
      <button type="button" aria-label="Delete the key ${name}" @click=${() => this.#delete(name)}>Delete</button>
    </li>`;
  }

  #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const name = String(new FormData(event.target as HTMLFormElement).get('api_key_name') ?? '').trim();
    this.wrong = name ? '' : 'Please give the key a name.';
    if (this.wrong) return;
    void this.attempt(async () => {
      this.made = await callAsMember<NewApiKey>('POST', PATH, { name });
      this.isAsking = false;
      this.isCopied = false;
      await this.focusOn('.made');
      if (this.price !== null) window.dispatchEvent(new Event('parley-purchased'));
      await this.#load();
    });
  };

  /** Not one of the things done one at a time: the key is there before the list is, and may be copied at once. */
  async #copy(key: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(key);
      this.isCopied = true;
    } catch {
      this.problem = 'The browser did not let us copy. Select the key and copy it.';
    }
  }

  #switch(name: string, isActive: boolean): void {
    void this.attempt(async () => {
      const changed = await callAsMember<WireApiKey>('PATCH', pathOf(name), { is_active: isActive });
      this.keys = (this.keys ?? []).map((key) => (key.name === name ? changed : key));
    });
  }

  #delete(name: string): void {
    if (!confirm(`Delete the key “${name}”? Programs that use it stop working at once.`)) return;
    void this.attempt(async () => {
      await callAsMember('DELETE', pathOf(name));
      if (this.made?.name === name) this.made = null;
      await this.#load();
    });
  }

  async #load(): Promise<void> {
    this.keys = (await callAsMember<{ items: WireApiKey[] }>('GET', `${PATH}?limit=${MOST_KEYS}`)).items;
  }
}

function pathOf(name: string): string {
  return `${PATH}/${encodeURIComponent(name)}`;
}
