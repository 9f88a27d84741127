import { html, nothing, type TemplateResult } from 'lit';
import { toSafeAddress } from './safe-address.ts';
import { fill, type Texts } from './texts.ts';
import type { Source } from './wire.ts';

/** Where an answer comes from: closed until asked for, each source opening in a new tab or showing its passage. */
export function sourceList(sources: Source[], texts: Texts): TemplateResult | typeof nothing {
  if (sources.length === 0) return nothing;
  const label = sources.length === 1 ? texts.oneSource : fill(texts.sources, sources.length);
  return html`<details class="sources" part="sources">
    <summary><bdi>${label}</bdi></summary>
    <ol>
      ${sources.map((source) => sourceItem(source, texts))}
    </ol>
  </details>`;
}

function sourceItem({ n, title, url, snippet }: Source, texts: Texts): TemplateResult {
  const address = url ? toSafeAddress(url) : null;
  return html`<li part="source" data-source=${n} tabindex="-1">
    <span class="number" aria-hidden="true">${n}</span>
    <div>
      ${
        address
          ? html`<a href=${address} target="_blank" rel="noopener noreferrer"
              ><bdi>${title}</bdi><span class="spoken"> (${texts.newTab})</span></a
            >`
          : html`<b dir="auto">${title}</b>`
      }
      <p dir="auto">${snippet}</p>
    </div>
  </li>`;
}

/** Opens the list under the answer in which `[n]` was pressed, and moves on to that source. */
export function revealSource(citation: HTMLElement): void {
  const details = citation.closest('.message')?.querySelector<HTMLDetailsElement>('.sources');
  if (!details) return;
  details.open = true;
  const item = details.querySelector<HTMLElement>(`li[data-source="${Number(citation.dataset.source)}"]`);
  reveal(item);
}

/** Moves on to the footnote that was called. */
export function revealNote(call: HTMLElement): void {
  reveal(call.closest('.text')?.querySelector<HTMLElement>(`[data-note="${Number(call.dataset.source)}"]`));
}

function reveal(item: HTMLElement | null | undefined): void {
  item?.focus({ preventScroll: true });
  item?.scrollIntoView({ block: 'nearest' });
}
