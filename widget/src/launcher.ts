import { icon } from './icon.ts';
import { html, type Template } from './render/template.ts';
import type { Texts } from './texts.ts';

/** The round button that opens the chat. */
export function launcher(options: { isOpen: boolean; texts: Texts; onToggle: () => void }): Template {
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
