import { html, type TemplateResult } from 'lit';

/** A person's picture, or the first letter of their name. For show only: the name stands beside it. */
export function picture(address: string | null, name: string): TemplateResult {
  return address
    ? html`<img class="picture" src=${address} alt="" referrerpolicy="no-referrer" />`
    : html`<span class="picture" aria-hidden="true">${[...name][0]?.toUpperCase()}</span>`;
}
