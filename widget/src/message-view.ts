import { html, nothing, render, type TemplateResult } from 'lit';
import type { Entry } from './conversation.ts';
import { toFailureText } from './error-text.ts';
import { feedbackForm } from './feedback-form.ts';
import { type IconName, icon } from './icon.ts';
import { richText } from './rich-text.ts';
import { revealNote, revealSource, sourceList } from './source-list.ts';
import { fill, type Texts } from './texts.ts';
import type { Rating } from './wire.ts';

export interface MessageActions {
  copy: (entry: Entry) => void;
  rate: (entry: Entry, rating: Rating, reason?: string) => void;
  retry: () => void;
  goOn: () => void;
  copyCode: (button: HTMLElement) => void;
}

export interface MessageOptions {
  name: string;
  texts: Texts;
  isLast: boolean;
  isCopied: boolean;
  /** Whether the visitor is being asked why the answer was bad. */
  isAsked: boolean;
  actions: MessageActions;
}

/** Of what was found: an answer that broke off still has all of it. */
const citedBy = ({ content, sources }: Entry) => sources.filter(({ n }) => content.includes(`[${n}]`));

/** One message; an answer with its sources, its commands and, where it is not whole, the reason. */
export function messageView(entry: Entry, options: MessageOptions): TemplateResult {
  const { texts, name } = options;
  if (entry.role === 'user') {
    return html`<div class="message user" part="message user-message">
      <span class="spoken">${texts.you}: </span><p dir="auto">${entry.content}</p></div>`;
  }
  return html`<div class="message answer" part="message answer">
    <span class="spoken">${name}: </span>
    ${entry.content ? answerText(entry, options) : nothing} ${progress(entry, texts)} ${failure(entry, options)}
    ${isRunning(entry) ? nothing : html`${sourceList(citedBy(entry), texts)} ${entry.content ? commands(entry, options) : nothing}`}
    ${options.isAsked ? feedbackForm(texts, (reason) => options.actions.rate(entry, 'down', reason)) : nothing}
  </div>`;
}

export function isRunning({ status }: Entry): boolean {
  return status === 'waiting' || status === 'streaming' || status === 'lost';
}

function answerText(entry: Entry, { texts, actions }: MessageOptions): TemplateResult {
  const onClick = (event: MouseEvent) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>('button');
    if (button?.matches('.citation')) revealSource(button);
    if (button?.matches('.note-call')) revealNote(button);
    if (button?.matches('.copy-code')) actions.copyCode(button);
  };
  const options = {
    isFinished: !isRunning(entry),
    sourceNumbers: entry.sources.map(({ n }) => n),
    citationLabel: (n: number) => fill(texts.source, n),
    noteLabel: (n: number) => fill(texts.footnote, n),
    // Browsers give the clipboard to pages served over https (or from this machine) only.
    copyLabel: navigator.clipboard ? texts.copyCode : '',
    drawCopyIcon: (button: HTMLElement) => render(icon('copy'), button),
  };
  return html`<div class="text" part="answer-text" @click=${onClick} ${richText(entry.content, options)}></div>`;
}

function progress({ status, hasSearched }: Entry, texts: Texts): TemplateResult | typeof nothing {
  if (status !== 'waiting' && status !== 'lost') return nothing;
  const text = status === 'lost' ? texts.lost : hasSearched ? texts.writing : texts.searching;
  return html`<p class="progress" part="progress"><i></i><i></i><i></i><span dir="auto">${text}</span></p>`;
}

function failure(entry: Entry, { texts, isLast, actions }: MessageOptions): TemplateResult | typeof nothing {
  const text = failureText(entry, texts);
  if (!text) return nothing;
  const action = entry.status === 'cut' ? 'goOn' : 'retry';
  return html`<p class="failure" part="failure">
    <span dir="auto">${text}</span>
    ${
      isLast
        ? html`<button class="plain" part=${action} type="button" @click=${actions[action]}>${icon('retry')}${texts[action]}</button>`
        : nothing
    }
  </p>`;
}

/** Why an answer is not whole; empty when it is. */
export function failureText({ status, error }: Entry, texts: Texts): string {
  if (status === 'cut') return texts.cut;
  if (status === 'stopped') return texts.stopped;
  if (status === 'interrupted') return texts.interrupted;
  return status === 'failed' ? toFailureText(error, texts) : '';
}

function commands(entry: Entry, { texts, isCopied, actions }: MessageOptions): TemplateResult {
  const rate = (rating: Rating, label: string, name: IconName) =>
    entry.id
      ? html`<button
          class="round"
          type="button"
          title=${label}
          aria-label=${label}
          aria-pressed=${entry.rating === rating ? 'true' : 'false'}
          @click=${() => actions.rate(entry, rating)}
        >
          ${icon(name)}
        </button>`
      : nothing;
  const copyLabel = isCopied ? texts.copied : texts.copy;
  return html`<div class="commands" part="commands">
    ${
      navigator.clipboard
        ? html`<button class="round" type="button" title=${copyLabel} aria-label=${copyLabel} @click=${() => actions.copy(entry)}>
            ${icon(isCopied ? 'check' : 'copy')}
          </button>`
        : nothing
    }
    ${rate('up', texts.good, 'up')} ${rate('down', texts.bad, 'thumbDown')}
  </div>`;
}
