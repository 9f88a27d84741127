import { html, type TemplateResult } from 'lit';

/** The dialog of the bubble, which people close in more ways than by its button. */
export function bubblePanel(content: TemplateResult, onDismiss: () => void): TemplateResult {
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
