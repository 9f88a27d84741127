import { html, nothing, type TemplateResult } from 'lit';
import type { Entry } from './conversation.ts';
import { icon } from './icon.ts';
import { type MessageActions, messageView } from './message-view.ts';
import type { Texts } from './texts.ts';

export interface MessageListOptions {
  entries: Entry[];
  name: string;
  greeting: string;
  prompts: string[];
  texts: Texts;
  isLoading: boolean;
  isAtEnd: boolean;
  copiedKey: number | null;
  askedKey: number | null;
  actions: MessageActions;
  onPrompt: (text: string) => void;
  onScroll: (event: Event) => void;
  onJump: () => void;
}

/**
 * The conversation. It is a log for screen readers, but a silent one: a live log would speak every few letters of a
 * growing answer. The widget's live region speaks whole sentences instead.
 */
export function messageList({ entries, texts, name, ...options }: MessageListOptions): TemplateResult {
  return html`<div class="frame">
    <div
      class="log"
      part="log"
      role="log"
      aria-live="off"
      aria-busy=${options.isLoading ? 'true' : 'false'}
      aria-label=${texts.conversation}
      tabindex="0"
      @scroll=${options.onScroll}
    >
      <div class="lines">
        ${options.isLoading ? html`<p class="progress"><i></i><i></i><i></i><span dir="auto">${texts.loading}</span></p>` : nothing}
        ${entries.length === 0 && !options.isLoading ? welcome(options) : nothing}
        ${entries.map((entry, at) =>
          messageView(entry, {
            name,
            texts,
            isLast: at === entries.length - 1,
            isCopied: options.copiedKey === entry.key,
            isAsked: options.askedKey === entry.key,
            actions: options.actions,
          }),
        )}
      </div>
    </div>
    ${
      options.isAtEnd
        ? nothing
        : html`<button class="round jump" part="jump" type="button" aria-label=${texts.jump} @click=${options.onJump}>
            ${icon('down')}
          </button>`
    }
  </div>`;
}

function welcome({
  greeting,
  prompts,
  onPrompt,
}: Pick<MessageListOptions, 'greeting' | 'prompts' | 'onPrompt'>): TemplateResult {
  return html`<div class="welcome">
    <p class="text" part="greeting" dir="auto">${greeting}</p>
    ${prompts.map(
      (prompt) =>
        html`<button class="plain prompt" part="prompt" type="button" dir="auto" @click=${() => onPrompt(prompt)}>${prompt}</button>`,
    )}
  </div>`;
}
