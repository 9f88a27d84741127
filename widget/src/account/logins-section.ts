import { html, nothing, type TemplateResult } from 'lit';
import { callAsMember } from '../pages/member-call.ts';
import { AccountSection } from './account-section.ts';
import { toBrowserName } from './browser-name.ts';

interface WireLogin {
  id: string;
  is_current: boolean;
  user_agent: string | null;
  network: string | null;
  last_used_at: string;
}

/** Where I am logged in; a login that is not mine can be ended. */
export class LoginsSection extends AccountSection {
  static override properties = { ...AccountSection.properties, logins: { state: true } };

  declare logins: WireLogin[];

  protected readonly heading = 'Where you are logged in';

  constructor() {
    super();
    this.logins = [];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.attempt(() => this.#load());
  }

  protected content(): TemplateResult {
    return html`<ul class="rows">
        ${this.logins.map((login) => this.#row(login))}
      </ul>
      ${
        this.logins.length > 1
          ? html`<button type="button" @click=${() => this.#end('auth/logins')}>Log out everywhere else</button>`
          : nothing
      }`;
  }

  #row({ id, is_current, user_agent, network, last_used_at }: WireLogin): TemplateResult {
    const where = toBrowserName(user_agent);
    const day = new Date(last_used_at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
    return html`<li>
      <div class="what">
        <strong>${where}</strong>
        <span class="note">${network ? `${network}, ` : ''}last used <time datetime=${last_used_at}>${day}</time></span>
      </div>
      ${
        is_current
          ? html`<span class="badge">This browser</span>`
          : html`<button type="button" aria-label="Log out there: ${where}, ${day}" @click=${() => this.#end(`auth/logins/${id}`)}>
              Log out there
            </button>`
      }
    </li>`;
  }

  #end(path: string): void {
    void this.attempt(async () => {
      await callAsMember('DELETE', path);
      await this.#load();
    });
  }

  async #load(): Promise<void> {
    this.logins = (await callAsMember<{ items: WireLogin[] }>('GET', 'auth/logins')).items;
  }
}
