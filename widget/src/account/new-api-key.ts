import { html, nothing, type TemplateResult } from 'lit';

/** A key that was just made: its text is known to this page alone. */
export interface NewApiKey {
  name: string;
  key: string;
}

/** Shows a new key for the one time that it can be. */
export function newApiKey(
  { name, key }: NewApiKey,
  { isCopied, onCopy, onDone }: { isCopied: boolean; onCopy: () => void; onDone: () => void },
): TemplateResult {
  // Browsers give the clipboard to pages served over https (or from this machine) only.
  const canCopy = navigator.clipboard !== undefined;
  return html`<div class="made" role="group" aria-labelledby="made-title" aria-describedby="made-note" tabindex="-1">
    <strong id="made-title">Your new key “${name}”</strong>
    <code>${key}</code>
    <p class="note" id="made-note">${canCopy ? 'Copy' : 'Select and copy'} it now: it is not shown again.</p>
    <div class="choices">
      ${canCopy ? html`<button type="button" class="main" @click=${onCopy}>Copy</button>` : nothing}
      <button type="button" @click=${onDone}>Done</button>
    </div>
    <p class="note" role="status">${isCopied ? 'Copied.' : nothing}</p>
  </div>`;
}
