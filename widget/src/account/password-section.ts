import { html, nothing, type TemplateResult } from 'lit';
import { callAsMember } from '../pages/member-call.ts';
import { textField } from '../pages/text-field.ts';
import { FormSection } from './form-section.ts';

/** Changing the password, for those who log in with one. */
export class PasswordSection extends FormSection {
  static override properties = { ...FormSection.properties, isChanged: { state: true } };

  declare isChanged: boolean;

  protected readonly heading = 'Password';

  constructor() {
    super();
    this.isChanged = false;
  }

  protected content(): TemplateResult {
    return html`${this.isChanged ? html`<p role="status">Your password is changed. Everywhere else, you are logged out.</p>` : nothing}
      ${
        this.isAsking
          ? this.#form()
          : html`<div class="choices"><button type="button" @click=${this.ask}>Change the password</button></div>`
      }`;
  }

  #form(): TemplateResult {
    return html`<form novalidate @submit=${this.#submit}>
      ${textField({
        name: 'current_password',
        label: 'Current password',
        type: 'password',
        autocomplete: 'current-password',
        problem: this.wrong,
      })}
      ${textField({
        name: 'password',
        label: 'New password',
        type: 'password',
        autocomplete: 'new-password',
        hint: 'At least 10 characters, and hard to guess.',
      })}
      <div class="choices">
        <button class="main">${this.isBusy ? 'Changing it…' : 'Save the new password'}</button>
        ${this.cancel()}
      </div>
    </form>`;
  }

  #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.target as HTMLFormElement));
    this.wrong = fields.current_password && fields.password ? '' : 'Please give the current password, and a new one.';
    if (this.wrong) return;
    void this.attempt(async () => {
      await callAsMember('PUT', 'auth/password', fields).catch((error) => {
        throw new Error(
          error.message.replace(/^current_password/, 'The current password').replace(/^password/, 'The new password'),
        );
      });
      this.isAsking = false;
      this.isChanged = true;
    });
  };
}
