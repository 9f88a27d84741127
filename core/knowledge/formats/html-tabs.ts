import type { HtmlElement } from './html-document.ts';

const PANELS = '[role=tabpanel], .tab-pane, .tab-panel';

/** Shows what stands behind tabs, each panel below the name of its tab; the bar of tabs itself goes. */
export function openTabs(document: Document): void {
  const bars = new Set<Element>();
  for (const panel of document.querySelectorAll(PANELS)) {
    panel.removeAttribute('hidden');
    panel.removeAttribute('aria-hidden');
    const tab = tabOf(panel, document);
    const bar = tab?.closest('[role=tablist]') ?? null;
    if (bar) bars.add(bar);
    putLabel(panel, tab?.textContent ?? panel.getAttribute('aria-label') ?? '', document);
  }
  for (const bar of bars) bar.remove();
  for (const bar of document.querySelectorAll('.tabs, .tabbed-labels')) openLabelled(bar, document);
}

/** Named by either of the two, else the one at the same place among its neighbours. */
function tabOf(panel: Element, document: Document): Element | null {
  const tabs = [...document.querySelectorAll('[role=tab]')];
  const labelled = panel.getAttribute('aria-labelledby');
  const named = tabs.find((tab) => {
    const leadsTo = tab.getAttribute('aria-controls') || (tab.getAttribute('href') ?? '').replace(/^[^#]*#/, '');
    return (labelled && tab.id === labelled) || (panel.id && leadsTo === panel.id);
  });
  if (named) return named;
  for (let around = panel.parentElement; around; around = around.parentElement) {
    const list = around.querySelector('[role=tablist]');
    if (!list) continue;
    const panels = [...around.querySelectorAll(PANELS)].filter((one) => !isWithinAnother(one, around));
    return [...list.querySelectorAll('[role=tab]')][panels.indexOf(panel)] ?? null;
  }
  return null;
}

function isWithinAnother(panel: Element, around: Element): boolean {
  const outer = panel.parentElement?.closest(PANELS);
  return outer !== null && outer !== undefined && outer !== around && around.contains(outer);
}

/** Tabs without scripts: labels of radio buttons, and as many boxes beside them. */
function openLabelled(bar: Element, document: Document): void {
  const labels = [...bar.children].filter((child) => child.nodeName === 'LABEL');
  const panels = [...(bar.nextElementSibling?.children ?? [])];
  if (labels.length === 0 || labels.length !== panels.length) return;
  for (const [n, panel] of panels.entries()) putLabel(panel, labels[n]?.textContent ?? '', document);
  bar.remove();
}

function putLabel(panel: Element, text: string, document: Document): void {
  const label = document.createElement('p');
  const strong = document.createElement('strong');
  strong.textContent = text.replace(/\s+/g, ' ').trim();
  label.append(strong);
  if (strong.textContent) (panel as HtmlElement).prepend(label);
}
