import { noChange } from 'lit';
import { Directive, directive, type ElementPart } from 'lit/directive.js';
import type { drawMarkdown, MarkdownOptions } from './markdown.ts';
import { scriptServer } from './script-tag.ts';

let draw: typeof drawMarkdown | undefined;
let loading: Promise<void> | undefined;

/**
 * Loads what draws Markdown, from beside this script: no page pays for it before somebody asks. Where it cannot be
 * loaded, answers are shown as they were written.
 */
export function loadRichText(): Promise<void> {
  loading ??= import(/* @vite-ignore */ `${scriptServer}widget-more.js`).then(
    (more) => {
      draw = more.drawMarkdown;
    },
    () => {},
  );
  return loading;
}

/** Shows Markdown in an element, or the text as it is as long as there is nothing that could draw it. */
class RichTextDirective extends Directive {
  #show = () => {};

  render(_text: string, _options: MarkdownOptions) {
    return noChange;
  }

  override update({ element }: ElementPart, [text, options]: [string, MarkdownOptions]) {
    this.#show = () => draw?.(element, text, options);
    if (draw) this.#show();
    else {
      element.textContent = text;
      void loadRichText().then(() => this.#show());
    }
    return noChange;
  }
}

export const richText = directive(RichTextDirective);
