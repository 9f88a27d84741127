import { html, type TemplateResult } from 'lit';
import { AccountSection } from './account-section.ts';

/** A section with a form that comes when it is asked for, and goes when it was sent or is not wanted after all. */
export abstract class FormSection extends AccountSection {
  static override properties = {
    ...AccountSection.properties,
    isAsking: { state: true },
    wrong: { state: true },
  };

  declare isAsking: boolean;
  /** What is wrong with what was typed. */
  declare wrong: string;

  constructor() {
    super();
    this.isAsking = false;
    this.wrong = '';
  }

  /** Opens the form, to be typed in at once. */
  protected ask = async (): Promise<void> => {
    this.isAsking = true;
    this.wrong = '';
    await this.focusOn('form input');
  };

  /** The button that closes the form. */
  protected cancel(label = 'Cancel'): TemplateResult {
    const close = () => {
      this.isAsking = false;
      this.problem = '';
    };
    return html`<button type="button" @click=${close}>${label}</button>`;
  }

  /** Puts the cursor on what this update brings. */
  protected async focusOn(selector: string): Promise<void> {
    await this.updateComplete;
    this.querySelector<HTMLElement>(selector)?.focus();
  }
}
