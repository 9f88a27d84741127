import { html, nothing, type TemplateResult } from 'lit';
import { MAX_MESSAGE_CHARACTERS } from './conversation.ts';
import { icon } from './icon.ts';
import { fill, type Texts } from './texts.ts';

const SHOW_COUNTER_FROM = MAX_MESSAGE_CHARACTERS - 400;

interface ComposerOptions {
  draft: string;
  placeholder: string;
  texts: Texts;
  isBusy: boolean;
  isBlocked: boolean;
  onInput: (draft: string) => void;
  onSend: () => void;
  onStop: () => void;
}

/** Where a question is written. Enter sends, Shift+Enter starts a new line. */
export function composer({ draft, placeholder, texts, isBusy, isBlocked, ...on }: ComposerOptions): TemplateResult {
  const length = draft.trim().length;
  const canSend = length > 0 && length <= MAX_MESSAGE_CHARACTERS && !isBlocked;
  const submit = (event: Event) => {
    event.preventDefault();
    if (canSend && !isBusy) on.onSend();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes (Japanese, Chinese, …), Enter chooses a word. Safari reports that as key 229.
    const isComposing = event.isComposing || event.keyCode === 229;
    if (event.key === 'Enter' && !event.shiftKey && !isComposing) submit(event);
  };
  return html`<form class="composer" part="composer" @submit=${submit}>
    <div class="field" part="input" data-text=${`${draft} `}>
      <textarea
        rows="1"
        dir="auto"
        enterkeyhint="send"
        aria-label=${placeholder}
        aria-describedby="counter"
        placeholder=${placeholder}
        .value=${draft}
        @input=${(event: InputEvent) => on.onInput((event.target as HTMLTextAreaElement).value)}
        @keydown=${onKeyDown}
      ></textarea>
    </div>
    ${
      isBusy
        ? html`<button class="send" part="stop" type="button" aria-label=${texts.stop} @click=${on.onStop}>
            ${icon('stop')}
          </button>`
        : html`<button class="send" part="send" type="submit" aria-label=${texts.send} aria-disabled=${!canSend}>
            ${icon('send')}
          </button>`
    }
    <p id="counter" class=${length > MAX_MESSAGE_CHARACTERS ? 'counter over' : 'counter'}>${counterText(length, texts)}</p>
  </form>`;
}

function counterText(length: number, texts: Texts): string | typeof nothing {
  if (length > MAX_MESSAGE_CHARACTERS) return fill(texts.charactersOver, length - MAX_MESSAGE_CHARACTERS);
  return length >= SHOW_COUNTER_FROM ? fill(texts.charactersLeft, MAX_MESSAGE_CHARACTERS - length) : nothing;
}
