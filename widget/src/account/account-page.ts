import { html, nothing, type TemplateResult } from 'lit';
import { PageElement } from '../pages/page-element.ts';
import { picture } from './picture.ts';

interface AccountPageData {
  profile: { display_name: string; username: string | null; email: string | null; picture_url: string | null };
  /** Ways to sign in that are configured here. */
  providers: { id: string; name: string }[];
  has_own_key: boolean;
}

/**
 * Who I am here, and what I can do about it: one section for each concern.
 * @attr page - What the server knows: AccountPageData in JSON.
 */
export class AccountPage extends PageElement {
  static override properties = { page: { type: Object }, isErased: { state: true } };

  declare page: AccountPageData;
  declare isErased: boolean;

  constructor() {
    super();
    this.isErased = false;
    this.addEventListener('parley-erased', this.#forget);
  }

  protected override render(): TemplateResult {
    return html`${this.isErased ? nothing : this.#sections()}<parley-erase></parley-erase>`;
  }

  #sections(): TemplateResult {
    const { profile, providers, has_own_key: hasOwnKey } = this.page;
    const lines = [profile.username, profile.email].filter((text) => text && text !== profile.display_name);
    return html`<header class="who">
        ${picture(profile.picture_url, profile.display_name)}
        <div>
          <h1>${profile.display_name}</h1>
          ${lines.map((text) => html`<p class="note">${text}</p>`)}
        </div>
      </header>
      <parley-linked-accounts .providers=${providers}></parley-linked-accounts>
      <parley-profiles .providers=${providers}></parley-profiles>
      <parley-logins></parley-logins>
      ${profile.username === null ? nothing : html`<parley-password></parley-password>`}
      <parley-wallet></parley-wallet>
      <parley-own-key .isKept=${hasOwnKey}></parley-own-key>
      <parley-api-keys></parley-api-keys>
      <parley-export></parley-export>`;
  }

  /** Nobody is logged in any more, which the server's part of the page does not know. */
  #forget = (): void => {
    this.isErased = true;
    document.querySelector('.bar nav')?.remove();
  };
}
