import { html, nothing, type TemplateResult } from 'lit';
import { PageElement } from '../pages/page-element.ts';

/** One concern on the account page: a heading, what there is, and in words what did not work. */
export abstract class AccountSection extends PageElement {
  static override properties: Record<string, object> = { problem: { state: true }, isBusy: { state: true } };

  declare problem: string;
  declare isBusy: boolean;

  constructor() {
    super();
    this.problem = '';
    this.isBusy = false;
  }

  protected abstract readonly heading: string;

  protected abstract content(): TemplateResult;

  protected override render(): TemplateResult {
    return html`<section class="card" aria-label=${this.heading} aria-busy=${this.isBusy ? 'true' : 'false'}>
      <h2>${this.heading}</h2>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing} ${this.content()}
    </section>`;
  }

  /** Does one thing at a time, and shows why it did not work. */
  protected async attempt(work: () => Promise<void>): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.problem = '';
    try {
      await work();
    } catch (error) {
      this.problem = error instanceof Error && error.message ? error.message : 'That did not work. Please try again.';
    } finally {
      this.isBusy = false;
    }
  }
}
