import { LitElement } from 'lit';

/**
 * An element of our own pages. It stands in the page itself and not in a shadow, so that the one stylesheet reaches it
 * and password managers find its fields; the server's HTML in it, for browsers without scripts, makes way.
 */
export class PageElement extends LitElement {
  override connectedCallback(): void {
    this.replaceChildren();
    super.connectedCallback();
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}
