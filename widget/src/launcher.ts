import { html, type TemplateResult } from 'lit';
import { icon } from './icon.ts';
import type { Texts } from './texts.ts';

/** The round button that opens the chat. */
export function launcher(options: { isOpen: boolean; texts: Texts; onToggle: () => void }): TemplateResult {
  const { isOpen, texts, onToggle } = options;
  return html`<button
    class="launcher"
    part="launcher"
    type="button"
    aria-expanded=${isOpen ? 'true' : 'false'}
    aria-label=${isOpen ? texts.close : texts.open}
    @click=${onToggle}
  >
    ${icon(isOpen ? 'down' : 'chat')}
  </button>`;
}
