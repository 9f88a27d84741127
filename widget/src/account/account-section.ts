import { html, nothing, type TemplateResult } from 'lit';
import { PageElement } from '../pages/page-element.ts';

/** One concern on the account page: a heading, what there is, and in words what did not work. */
export abstract class AccountSection extends PageElement {
  static override properties: Record<string, object> = { problem: { state: true }, isBusy: { state: true } };

  declare problem: string;
  declare isBusy: boolean;

  #running = Promise.resolve();
  #isAsked = false;

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

  /** Stands in for what is not known yet. */
  protected loading(): TemplateResult {
    return html`${this.isBusy ? html`<p class="note">Loading…</p>` : nothing}`;
  }

  /** Does what was asked for, and shows why it did not work. What is asked for while that is being done is not done. */
  protected async attempt(work: () => Promise<void>): Promise<void> {
    if (this.#isAsked) return;
    this.#isAsked = true;
    try {
      await this.attemptNext(work);
    } finally {
      this.#isAsked = false;
    }
  }

  /** Does it after what is being done: to show what has changed elsewhere must neither be left out nor be in the way. */
  protected async attemptNext(work: () => Promise<void>): Promise<void> {
    while (this.isBusy) await this.#running;
    this.#running = this.#do(work);
    await this.#running;
  }

  async #do(work: () => Promise<void>): Promise<void> {
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
