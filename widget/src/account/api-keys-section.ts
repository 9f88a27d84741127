import { html, nothing, type TemplateResult } from 'lit';
import { callAsMember } from '../pages/member-call.ts';
import { textField } from '../pages/text-field.ts';
import { AccountSection } from './account-section.ts';

interface WireApiKey {
  name: string;
  prefix: string;
  is_active: boolean;
  expires_at: string | null;
  monthly_cap_cents: number | null;
  models: string[] | null;
  last_used_at: string | null;
}

const PATH = 'api-keys';
/** As many as anybody can have: they all fit one page of the list. */
const MOST_KEYS = 100;

/** Keys by which my programs use the assistant. A new one is shown once, and gone when the page is left. */
export class ApiKeysSection extends AccountSection {
  static override properties = {
    ...AccountSection.properties,
    keys: { state: true },
    isPaid: { state: true },
    isAsking: { state: true },
    made: { state: true },
    isCopied: { state: true },
    wrong: { state: true },
  };

  /** Null until they are known. */
  declare keys: WireApiKey[] | null;
  declare isPaid: boolean;
  declare isAsking: boolean;
  /** The key that was just made. */
  declare made: { name: string; key: string } | null;
  declare isCopied: boolean;
  declare wrong: string;

  protected readonly heading = 'API keys';

  constructor() {
    super();
    this.keys = null;
    this.isPaid = false;
    this.isAsking = false;
    this.made = null;
    this.isCopied = false;
    this.wrong = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.attempt(async () => {
      const spending = callAsMember<{ billing: string }>('GET', 'wallet/spending');
      const [{ billing }] = await Promise.all([spending, this.#load()]);
      this.isPaid = billing !== 'off';
    });
  }

  protected content(): TemplateResult {
    const { keys, made } = this;
    if (!keys) return html`${this.isBusy ? html`<p class="note">Loading…</p>` : nothing}`;
    return html`<p class="note">
        With a key your programs ask the assistant in your name.
        ${this.isPaid ? 'Making one may cost something, once; what it costs and what it is used for is paid from your balance.' : nothing}
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

  #begin(): TemplateResult {
    return html`<div class="choices"><button type="button" @click=${this.#ask}>Make a key</button></div>`;
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
        <button
          type="button"
          @click=${() => {
            this.isAsking = false;
            this.problem = '';
          }}
        >
          Cancel
        </button>
      </div>
    </form>`;
  }

  #made({ name, key }: { name: string; key: string }): TemplateResult {
    // Browsers give the clipboard to pages served over https (or from this machine) only.
    const canCopy = navigator.clipboard !== undefined;
    return html`<div class="made" role="group" aria-labelledby="made-title" aria-describedby="made-note" tabindex="-1">
      <strong id="made-title">Your new key “${name}”</strong>
      <code>${key}</code>
      <p class="note" id="made-note">${canCopy ? 'Copy' : 'Select and copy'} it now: it is not shown again.</p>
      <div class="choices">
        ${canCopy ? html`<button type="button" class="main" @click=${() => this.#copy(key)}>Copy</button>` : nothing}
        <button
          type="button"
          @click=${() => {
            this.made = null;
          }}
        >
          Done
        </button>
      </div>
      <p class="note" role="status">${this.isCopied ? 'Copied.' : nothing}</p>
    </div>`;
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

  #ask = async (): Promise<void> => {
    this.isAsking = true;
    this.wrong = '';
    await this.#focus('#api_key_name');
  };

  #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const name = String(new FormData(event.target as HTMLFormElement).get('api_key_name') ?? '').trim();
    this.wrong = name ? '' : 'Please give the key a name.';
    if (this.wrong) return;
    void this.attempt(async () => {
      this.made = await callAsMember<{ name: string; key: string }>('POST', PATH, { name });
      this.isAsking = false;
      this.isCopied = false;
      await this.#focus('.made');
      if (this.isPaid) window.dispatchEvent(new Event('parley-purchased'));
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

  async #focus(selector: string): Promise<void> {
    await this.updateComplete;
    this.querySelector<HTMLElement>(selector)?.focus();
  }
}

function pathOf(name: string): string {
  return `${PATH}/${encodeURIComponent(name)}`;
}

function hasEnded({ expires_at }: WireApiKey): boolean {
  return expires_at !== null && new Date(expires_at) <= new Date();
}

function stateOf(key: WireApiKey): string {
  const { is_active, last_used_at } = key;
  const state = hasEnded(key) ? 'expired' : is_active ? 'active' : 'switched off';
  return `${state}, ${last_used_at ? `last used ${toMoment(last_used_at)}` : 'never used'}`;
}

function limitsOf(key: WireApiKey): string {
  const { expires_at, monthly_cap_cents: cents, models } = key;
  return [
    expires_at && `${hasEnded(key) ? 'ended' : 'ends'} ${toMoment(expires_at)}`,
    cents !== null && `at most $${(cents / 100).toFixed(2)} a month`,
    models && `only for ${models.join(', ')}`,
  ]
    .filter(Boolean)
    .join(', ')
    .replace(/^./u, (first) => first.toUpperCase());
}

function toMoment(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}
