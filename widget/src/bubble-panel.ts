import { html, type Template } from './render/template.ts';

/** The dialog of the bubble, which people close in more ways than by its button. */
export function bubblePanel(content: Template, onDismiss: () => void): Template {
  const onCancel = (event: Event) => {
    event.preventDefault();
    onDismiss();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && !event.isComposing) onCancel(event);
  };
  // The back gesture of a phone closes a modal dialog without asking; a dialog that changes its kind is open again.
  const onClose = (event: Event) => {
    if (!(event.target as HTMLDialogElement).open) onDismiss();
  };
  return html`<dialog class="panel" part="panel" aria-labelledby="title" @cancel=${onCancel} @close=${onClose} @keydown=${onKeyDown}>
    ${content}
  </dialog>`;
}
