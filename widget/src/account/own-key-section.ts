import { html, nothing, type TemplateResult } from 'lit';
import { ChatError } from '../chat-error.ts';
import { callAsMember } from '../pages/member-call.ts';
import { textField } from '../pages/text-field.ts';
import { FormSection } from './form-section.ts';

interface WireKey {
  provider: string;
  last4: string;
  base_url: string | null;
  model?: string;
  updated_at: string;
}

/**
 * The key that pays for my answers, if I have brought one: of it only the last four characters are shown.
 * @prop isKept - Whether there was one when the page was made. Where there was none the server is not asked: browsers
 * complain of its 404 in the console.
 */
export class OwnKeySection extends FormSection {
  static override properties = { ...FormSection.properties, isKept: { attribute: false }, saved: { state: true } };

  declare isKept: boolean;
  /** Null when there is none; undefined until that is known. */
  declare saved: WireKey | null | undefined;

  protected readonly heading = 'Your own model key';

  constructor() {
    super();
    this.isKept = true;
    this.saved = undefined;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.attempt(async () => {
      this.saved = this.isKept ? await findKey() : null;
    });
  }

  protected content(): TemplateResult {
    const { saved } = this;
    if (saved === undefined) return this.loading();
    return html`<p class="note">It pays for your answers on every platform. It is tried out before it is kept, encrypted.</p>
      ${saved ? this.#saved(saved) : nothing}
      ${
        this.isAsking
          ? this.#form()
          : html`<div class="choices">
        <button type="button" @click=${this.ask}>${saved ? 'Replace the key' : 'Add a key'}</button>
        ${saved ? html`<button type="button" @click=${this.#remove}>Remove the key</button>` : nothing}
      </div>`
      }`;
  }

  #saved({ provider, last4, base_url, model, updated_at }: WireKey): TemplateResult {
    const day = new Date(updated_at).toLocaleDateString(undefined, { dateStyle: 'medium' });
    return html`<ul class="rows">
      <li>
        <div class="what">
          <strong>${provider}, ends in ${last4}</strong>
          <span class="note">${[base_url, model, `saved on ${day}`].filter(Boolean).join(', ')}</span>
        </div>
      </li>
    </ul>`;
  }

  #form(): TemplateResult {
    return html`<form novalidate @submit=${this.#submit}>
      ${textField({ name: 'api_key', label: 'Key', type: 'password', problem: this.wrong })}
      ${textField({
        name: 'base_url',
        label: 'Server (optional)',
        type: 'url',
        hint: "A public server with OpenAI's interface, such as https://openrouter.ai/api/v1.",
        isRequired: false,
      })}
      ${textField({
        name: 'model',
        label: 'Model (optional)',
        hint: "Which of the server's models; without one the same as everybody's.",
        isRequired: false,
      })}
      <div class="choices">
        <button class="main">${this.isBusy ? 'Trying it out…' : 'Save the key'}</button>
        ${this.cancel()}
      </div>
    </form>`;
  }

  #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    const filled = (name: string) => String(fields.get(name) ?? '').trim() || undefined;
    const key = { api_key: filled('api_key'), base_url: filled('base_url'), model: filled('model') };
    this.wrong = key.api_key ? '' : 'Please give a key.';
    if (this.wrong) return;
    void this.attempt(async () => {
      this.saved = await callAsMember<WireKey>('PUT', 'users/me/provider-key', key);
      this.isAsking = false;
    });
  };

  #remove = (): void => {
    if (!confirm('Remove the key? Your answers go without it from now on.')) return;
    void this.attempt(async () => {
      await callAsMember('DELETE', 'users/me/provider-key');
      this.saved = null;
    });
  };
}

async function findKey(): Promise<WireKey | null> {
  try {
    return await callAsMember<WireKey>('GET', 'users/me/provider-key');
  } catch (error) {
    if (error instanceof ChatError && error.status === 404) return null;
    throw error;
  }
}
