import { html, nothing, type TemplateResult } from 'lit';
import { icon } from './icon.ts';
import type { Texts } from './texts.ts';

/**
 * One sentence above the text box about what does not work right now. No alert for screen readers: its countdown
 * would be read out every second; the live region says it once.
 */
export function notice(text: string, texts: Texts, onDismiss: () => void): TemplateResult | typeof nothing {
  if (!text) return nothing;
  return html`<p class="notice" part="notice">
    <span dir="auto">${text}</span>
    <button class="round" type="button" aria-label=${texts.dismiss} @click=${onDismiss}>${icon('close')}</button>
  </p>`;
}
