import { html, nothing, type TemplateResult } from 'lit';
import { callAsMember } from '../pages/member-call.ts';
import { AccountSection } from './account-section.ts';
import { picture } from './picture.ts';

interface WireIdentity {
  id: string;
  platform: string;
  display_name: string;
  picture_url: string | null;
  profile_url: string | null;
}

const PLATFORM_NAMES: Record<string, string> = {
  github: 'GitHub',
  google: 'Google',
  spotify: 'Spotify',
  twitch: 'Twitch',
  discord: 'Discord',
  slack: 'Slack',
  web: 'A website',
};

/** Who I am elsewhere: what is said there and here is one memory. */
export class LinkedSection extends AccountSection {
  static override properties = {
    ...AccountSection.properties,
    providers: { attribute: false },
    identities: { state: true },
  };

  declare providers: { id: string; name: string }[];
  declare identities: WireIdentity[] | null;

  protected readonly heading = 'Linked accounts';

  constructor() {
    super();
    this.providers = [];
    this.identities = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.attempt(() => this.#load());
  }

  protected content(): TemplateResult {
    const { identities, providers } = this;
    if (!identities) return this.loading();
    const open = providers.filter(({ id }) => !identities.some(({ platform }) => platform === id));
    return html`<p class="note">What you ask there and here is one history.</p>
      <ul class="rows">
        ${identities.map((identity) => this.#row(identity))}
      </ul>
      ${identities.length === 0 ? html`<p>None yet.</p>` : nothing}
      <div class="choices">
        ${open.map(({ id, name }) => html`<a class="button" href="/login/${id}?next=%2Faccount">Link ${name}</a>`)}
      </div>`;
  }

  #row(identity: WireIdentity): TemplateResult {
    const { platform, display_name: name, picture_url, profile_url } = identity;
    const where = this.providers.find(({ id }) => id === platform)?.name ?? PLATFORM_NAMES[platform] ?? platform;
    const unlink = () => {
      if (!confirm(`Unlink ${where}? What you said there stays in your history.`)) return;
      void this.attempt(async () => {
        await callAsMember('DELETE', `users/me/identities/${identity.id}`);
        await this.#load();
        window.dispatchEvent(new Event('parley-unlinked'));
      });
    };
    return html`<li>
      ${picture(picture_url, name)}
      <div class="what">
        <strong>${where}</strong>
        ${
          profile_url
            ? html`<a href=${profile_url} target="_blank" rel="noopener noreferrer">${name}</a>`
            : html`<span>${name}</span>`
        }
      </div>
      <button type="button" aria-label="Unlink ${where}: ${name}" @click=${unlink}>Unlink</button>
    </li>`;
  }

  async #load(): Promise<void> {
    this.identities = (await callAsMember<{ items: WireIdentity[] }>('GET', 'users/me/identities')).items;
  }
}
