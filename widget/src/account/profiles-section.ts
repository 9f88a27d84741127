import { html, nothing, type TemplateResult } from 'lit';
import { callAsMember } from '../pages/member-call.ts';
import { AccountSection } from './account-section.ts';

interface WireProfile {
  provider: string;
  reads: string;
  is_linked: boolean;
  is_on: boolean;
  last_synced_at: string | null;
  error: string | null;
}

const PATH = 'users/me/profile-sources';
/** How long a first reading is watched. */
const LOOK_AGAIN_MS = 1500;
const MOST_LOOKS = 20;

/** What my linked accounts may tell of me, each off until I switch it on. Not there where no such account can be linked. */
export class ProfilesSection extends AccountSection {
  static override properties = {
    ...AccountSection.properties,
    providers: { attribute: false },
    profiles: { state: true },
  };

  declare providers: { id: string; name: string }[];
  declare profiles: WireProfile[];

  protected readonly heading = 'What linked accounts tell';

  #looks = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.providers = [];
    this.profiles = [];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('parley-unlinked', this.#reload);
    this.#reload();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('parley-unlinked', this.#reload);
    clearTimeout(this.#timer);
  }

  protected override render(): TemplateResult {
    return this.profiles.length > 0 || this.problem ? super.render() : html`${nothing}`;
  }

  protected content(): TemplateResult {
    const linked = this.profiles.filter(({ is_linked }) => is_linked);
    const names = new Intl.ListFormat('en', { type: 'disjunction' }).format(
      this.profiles.map(({ provider }) => this.#nameOf(provider)),
    );
    return html`<p class="note">
        Your questions can be answered from your own taste and work. Only you are ever told of it, and only where nobody
        reads along. Switched off, what was read is gone at once.
      </p>
      ${linked.length === 0 ? html`<p>Link ${names} first.</p>` : nothing}
      <ul class="rows">
        ${linked.map((profile) => this.#row(profile))}
      </ul>`;
  }

  #row({ provider, reads, is_on, last_synced_at, error }: WireProfile): TemplateResult {
    const name = this.#nameOf(provider);
    const id = `profile-${provider}`;
    const day =
      last_synced_at && new Date(last_synced_at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
    const state = day ? `Read ${day}.` : 'Reading it now…';
    return html`<li>
      <div class="what">
        <strong id=${id}>${name}</strong>
        <span class="note" id="${id}-reads">${reads}</span>
        <span class="note" role="status">${is_on && !error ? state : nothing}</span>
        ${is_on && error ? html`<span role="status">${error}</span>` : nothing}
      </div>
      <button
        type="button"
        role="switch"
        class=${is_on ? 'main' : ''}
        aria-checked=${is_on ? 'true' : 'false'}
        aria-labelledby=${id}
        aria-describedby="${id}-reads"
        @click=${() => this.#change(provider, !is_on)}
      >
        ${is_on ? 'On' : 'Off'}
      </button>
    </li>`;
  }

  #nameOf(provider: string): string {
    return this.providers.find(({ id }) => id === provider)?.name ?? provider;
  }

  #change(provider: string, isOn: boolean): void {
    void this.attempt(async () => {
      const changed = await callAsMember<{ authorize_url: string | null }>('PUT', `${PATH}/${provider}`, {
        is_on: isOn,
      });
      if (changed.authorize_url) location.assign(changed.authorize_url);
      else await this.#load();
    });
  }

  #reload = (): void => {
    this.#looks = 0;
    void this.attemptNext(() => this.#load());
  };

  async #load(): Promise<void> {
    this.profiles = (await callAsMember<{ items: WireProfile[] }>('GET', PATH)).items;
    const isReading = this.profiles.some(({ is_on, last_synced_at, error }) => is_on && !last_synced_at && !error);
    clearTimeout(this.#timer);
    if (!isReading || this.#looks >= MOST_LOOKS) return;
    this.#looks += 1;
    this.#timer = setTimeout(() => void this.attemptNext(() => this.#load()), LOOK_AGAIN_MS);
  }
}
