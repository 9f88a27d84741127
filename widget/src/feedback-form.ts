import { html, type TemplateResult } from 'lit';
import type { Texts } from './texts.ts';

const MAX_REASON_CHARACTERS = 1000;

/** Asks why an answer was bad; the rating itself has been sent already, so that saying nothing is fine. */
export function feedbackForm(texts: Texts, onReason: (reason: string) => void): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const field = (event.target as HTMLFormElement).elements.namedItem('reason') as HTMLInputElement;
    onReason(field.value.trim());
  };
  return html`<form class="feedback" part="feedback" @submit=${submit}>
    <input name="reason" dir="auto" autocomplete="off" maxlength=${MAX_REASON_CHARACTERS} placeholder=${texts.why} aria-label=${texts.why} />
    <button class="plain" type="submit">${texts.submit}</button>
  </form>`;
}
