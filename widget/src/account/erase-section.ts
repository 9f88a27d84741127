import { html, type TemplateResult } from 'lit';
import { callAsMember } from '../pages/member-call.ts';
import { textField } from '../pages/text-field.ts';
import { FormSection } from './form-section.ts';

const WORD = 'delete';

/** Erases me and all I said. A word has to be typed, because it cannot be undone. */
export class EraseSection extends FormSection {
  static override properties = { ...FormSection.properties, erasedAt: { state: true } };

  declare erasedAt: string;

  protected readonly heading = 'Delete account';

  constructor() {
    super();
    this.erasedAt = '';
  }

  protected content(): TemplateResult {
    if (this.erasedAt) return this.#done();
    return html`<p>
        Removes you and all you said, on every platform. It cannot be undone: download first what you want to keep.
      </p>
      ${this.isAsking ? this.#form() : html`<button type="button" @click=${this.ask}>Delete my account…</button>`}`;
  }

  #form(): TemplateResult {
    return html`<form novalidate @submit=${this.#submit}>
      ${textField({ name: 'word', label: `Type “${WORD}” to confirm`, problem: this.wrong })}
      <div class="choices">
        <button class="danger">Delete everything</button>
        ${this.cancel('Keep my account')}
      </div>
    </form>`;
  }

  #done(): TemplateResult {
    const when = new Date(this.erasedAt).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
    return html`<p role="status">Done: you and all you said were removed on ${when}.</p>
      <a class="button main" href="/">Go to the assistant</a>`;
  }

  #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const word = new FormData(event.target as HTMLFormElement).get('word');
    this.wrong = String(word).trim().toLowerCase() === WORD ? '' : `Please type the word ${WORD}.`;
    if (this.wrong) return;
    void this.attempt(async () => {
      this.erasedAt = (await callAsMember<{ erased_at: string }>('DELETE', 'users/me')).erased_at;
      this.dispatchEvent(new Event('parley-erased', { bubbles: true }));
    });
  };
}
