import { html, nothing, type TemplateResult } from 'lit';
import { type IconName, icon } from './icon.ts';
import type { Texts } from './texts.ts';

interface HeaderOptions {
  name: string;
  texts: Texts;
  isListOpen: boolean;
  onList: () => void;
  onNew: () => void;
  /** Absent where the chat cannot be closed. */
  onClose?: (() => void) | undefined;
}

/** Who one talks to, and the commands that concern the whole chat. */
export function header({ name, texts, isListOpen, onList, onNew, onClose }: HeaderOptions): TemplateResult {
  return html`<header part="header">
    <span class="avatar" aria-hidden="true">${[...name][0]?.toUpperCase()}</span>
    <div class="title">
      <h2 id="title" dir="auto">${name}</h2>
      <p dir="auto">${texts.subtitle}</p>
    </div>
    ${command(isListOpen ? 'back' : 'list', isListOpen ? texts.back : texts.chats, onList)}
    ${command('plus', texts.newChat, onNew)} ${onClose ? command('close', texts.close, onClose) : nothing}
  </header>`;
}

function command(name: IconName, label: string, run: () => void): TemplateResult {
  return html`<button class="round" type="button" title=${label} aria-label=${label} @click=${run}>${icon(name)}</button>`;
}
