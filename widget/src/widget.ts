import { ParleyChat } from './chat-widget.ts';
import { findScriptAttributes } from './script-tag.ts';

// A page may have the script twice, for instance once from its template and once from a tag manager.
if (!customElements.get('parley-chat')) {
  customElements.define('parley-chat', ParleyChat);
  const attributes = findScriptAttributes();
  if (attributes) {
    const chat = document.createElement('parley-chat');
    for (const [name, value] of Object.entries(attributes)) chat.setAttribute(name, value);
    // Beside the body, which Turbo, htmx and the like replace with that of the next page.
    document.documentElement.append(chat);
  }
}
