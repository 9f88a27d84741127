import type { HtmlElement } from './html-document.ts';

const PANELS = '[role=tabpanel], .tab-pane, .tab-panel';

/** A page with more is none that people read; finding what belongs together takes time that grows with their square. */
const MOST_BARS = 200;

/** Shows what stands behind tabs, each panel below the name of its tab; the bar of tabs itself goes. */
export function openTabs(document: Document): void {
  const bars = [...document.querySelectorAll('[role=tablist]')].slice(0, MOST_BARS);
  const names = new Map([...namesByReference(document), ...namesByPlace(document, bars)].reverse());
  for (const panel of document.querySelectorAll(PANELS)) {
    panel.removeAttribute('hidden');
    panel.removeAttribute('aria-hidden');
    putLabel(panel, names.get(panel) ?? panel.getAttribute('aria-label') ?? '', document);
  }
  if (names.size > 0) for (const bar of bars) bar.remove();
  for (const bar of document.querySelectorAll('.tabs, .tabbed-labels')) openLabelled(bar, document);
}

/** A panel names its tab, or a tab its panel. */
function namesByReference(document: Document): [Element, string][] {
  const panels = [...document.querySelectorAll(PANELS)];
  const byId = new Map(panels.map((panel) => [panel.id, panel]));
  const byLabel = new Map(panels.map((panel) => [panel.getAttribute('aria-labelledby') ?? '', panel]));
  return [...document.querySelectorAll('[role=tab]')].flatMap((tab): [Element, string][] => {
    const leadsTo = tab.getAttribute('aria-controls') || (tab.getAttribute('href') ?? '').replace(/^[^#]*#/, '');
    const found = [leadsTo ? byId.get(leadsTo) : undefined, tab.id ? byLabel.get(tab.id) : undefined];
    return found.flatMap((panel) => (panel ? [[panel, tab.textContent]] : []));
  });
}

/** The panels that follow a bar are in the order of its tabs. */
function namesByPlace(document: Document, bars: Element[]): [Element, string][] {
  const named = new Set<Element>();
  return bars.flatMap((bar) => {
    const tabs = [...bar.querySelectorAll('[role=tab]')];
    for (let around = bar.parentElement; around && around !== document.documentElement; around = around.parentElement) {
      const inside = [...around.querySelectorAll(PANELS)];
      const panels = inside
        .filter((panel) => !named.has(panel) && !isWithinAnother(panel, around))
        .slice(0, tabs.length);
      if (panels.length === 0) continue;
      for (const panel of panels) named.add(panel);
      return panels.map((panel, n): [Element, string] => [panel, tabs[n]?.textContent ?? '']);
    }
    return [];
  });
}

function isWithinAnother(panel: Element, around: Element): boolean {
  const outer = panel.parentElement?.closest(PANELS) ?? null;
  return outer !== null && outer !== around && around.contains(outer);
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
