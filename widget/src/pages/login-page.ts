import { html, nothing, type TemplateResult } from 'lit';
import { PageElement } from './page-element.ts';
import { type Field, type Problems, sendForm } from './send-form.ts';
import { textField } from './text-field.ts';

interface LoginPageData {
  assistantName: string;
  /** Where to go on. */
  next: string;
  providers: { id: string; name: string }[];
}

/**
 * Logging in and registering.
 * @attr page - What the server knows: LoginPageData in JSON.
 */
export class LoginPage extends PageElement {
  static override properties = {
    page: { type: Object },
    isNew: { state: true },
    isShown: { state: true },
    isBusy: { state: true },
    problems: { state: true },
  };

  declare page: LoginPageData;
  /** Whether the person registers. */
  declare isNew: boolean;
  /** Whether the password can be read. */
  declare isShown: boolean;
  declare isBusy: boolean;
  declare problems: Problems;

  constructor() {
    super();
    this.isNew = false;
    this.isShown = false;
    this.isBusy = false;
    this.problems = {};
  }

  /** Keeps what was typed before this script arrived. */
  override connectedCallback(): void {
    const typed = [...this.querySelectorAll('input')].map(({ id, value }) => ({ id, value }));
    super.connectedCallback();
    void this.updateComplete.then(() => {
      for (const field of this.querySelectorAll<HTMLInputElement>('.field input')) {
        field.value = typed.find(({ id }) => id === field.id)?.value ?? '';
      }
    });
  }

  protected override render(): TemplateResult {
    const { assistantName, next, providers } = this.page;
    const { isNew, problems } = this;
    return html`<div class="card narrow">
      <h1>${isNew ? 'Create an account' : `Log in to ${assistantName}`}</h1>
      ${providers.map(
        ({ id, name }) =>
          html`<a class="button" href="/login/${id}?next=${encodeURIComponent(next)}">Continue with ${name}</a>`,
      )}
      ${providers.length > 0 ? html`<p class="or"><span>or</span></p>` : nothing}
      <form method="post" novalidate @submit=${this.#submit}>
        ${problems.form ? html`<p class="problem" role="alert">${problems.form}</p>` : nothing}
        <input type="hidden" name="next" .value=${next} />
        ${textField({
          name: 'username',
          label: isNew ? 'Username' : 'Username or email',
          hint: isNew ? '3 to 32 letters, digits and . _ -' : '',
          problem: problems.username,
          autocomplete: 'username',
        })}
        ${
          isNew
            ? textField({
                name: 'email',
                label: 'Email (optional)',
                hint: 'Another name to log in with.',
                problem: problems.email,
                autocomplete: 'email',
                type: 'email',
                isRequired: false,
              })
            : nothing
        }
        ${textField({
          name: 'password',
          label: 'Password',
          hint: isNew ? 'At least 10 characters, and hard to guess.' : '',
          problem: problems.password,
          autocomplete: isNew ? 'new-password' : 'current-password',
          type: this.isShown ? 'text' : 'password',
          beside: html`<button
            type="button"
            class="inside"
            aria-pressed=${this.isShown ? 'true' : 'false'}
            aria-label="Show password"
            @click=${() => {
              this.isShown = !this.isShown;
            }}
          >
            ${this.isShown ? 'Hide' : 'Show'}
          </button>`,
        })}
        <button class="main" aria-disabled=${this.isBusy ? 'true' : 'false'}>${isNew ? 'Create account' : 'Log in'}</button>
      </form>
      <p class="switch">
        ${isNew ? 'You have an account?' : 'New here?'}
        <button type="button" class="link" @click=${this.#change}>${isNew ? 'Log in' : 'Create an account'}</button>
      </p>
    </div>`;
  }

  #change = (): void => {
    this.isNew = !this.isNew;
    this.problems = {};
    void this.updateComplete.then(() => this.querySelector<HTMLInputElement>('#username')?.focus());
  };

  #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.isBusy) return;
    this.isBusy = true;
    const outcome = await sendForm(this.isNew ? '/register' : '/login', event.target as HTMLFormElement);
    if ('next' in outcome) {
      location.assign(outcome.next);
      return;
    }
    this.isBusy = false;
    this.problems = outcome.problems;
    await this.updateComplete;
    const first = (['username', 'email', 'password'] satisfies Field[]).find((field) => outcome.problems[field]);
    this.querySelector<HTMLInputElement>(`#${first ?? 'password'}`)?.focus();
  };
}
