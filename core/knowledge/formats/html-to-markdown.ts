import TurndownService from 'turndown';

/** Nodes of the small DOM that runs without a browser; the same as the browser's as far as they are used here. */
export type HtmlElement = HTMLElement;

const turndown = new TurndownService({ headingStyle: 'atx', codeBlockStyle: 'fenced', bulletListMarker: '-' });

turndown.remove(['script', 'style', 'noscript', 'iframe', 'button', 'form', 'template']);

turndown.addRule('heading', {
  filter: ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'],
  replacement: (content, node) => {
    const text = content.replace(/\s+/g, ' ').replace(PERMALINK, '').trim();
    const anchor = anchorOf(node as HTMLElement);
    const level = Number(node.nodeName.slice(1));
    return text ? `\n\n${'#'.repeat(level)} ${text}${anchor ? ` {#${anchor}}` : ''}\n\n` : '';
  },
});

turndown.addRule('picture', {
  filter: (node) => ['IMG', 'SVG', 'PICTURE'].includes(node.nodeName.toUpperCase()),
  replacement: (_content, node) => ('getAttribute' in node ? (node.getAttribute('alt') ?? '') : ''),
});

turndown.addRule('table', {
  filter: 'table',
  replacement: (_content, node) => `\n\n${tableToMarkdown(node as HTMLElement)}\n\n`,
});

turndown.addRule('code', {
  filter: 'pre',
  replacement: (_content, node) => {
    const code = (node.textContent ?? '').replace(/^\n|\n$/g, '');
    const language = /lang(?:uage)?-([\w+#-]+)/.exec((node as HTMLElement).outerHTML.slice(0, 400))?.[1] ?? '';
    const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([ticks]) => ticks.length));
    const ticks = '`'.repeat(longest + 1);
    return code.trim() ? `\n\n${ticks}${language}\n${code}\n${ticks}\n\n` : '';
  },
});

/** The sign that documentation sites put beside a heading to link to it. */
const PERMALINK = /\s*\[[#¶§​]*\]\([^)]*\)|[¶§]\s*$/g;

/** Converts the content of an element; a heading with an address of its own is followed by `{#address}`. */
export function htmlToMarkdown(element: HtmlElement): string {
  return turndown.turndown(element);
}

function anchorOf(heading: HTMLElement): string {
  const inside = heading.querySelector('a[id], a[name]');
  const own = heading.getAttribute('id') || inside?.getAttribute('id') || inside?.getAttribute('name') || '';
  const around = heading.parentElement;
  const section = around?.nodeName === 'SECTION' ? (around.getAttribute('id') ?? '') : '';
  const anchor = own || section;
  return /^[\w.:~%-]+$/.test(anchor) ? anchor : '';
}

function tableToMarkdown(table: HTMLElement): string {
  const rows = [...table.querySelectorAll('tr')]
    .map((row) => [...row.children].map((cell) => cellText(cell as HTMLElement)))
    .filter((cells) => cells.some((cell) => cell !== ''));
  const [header, ...body] = rows;
  if (!header) return '';
  // Tables for layout: one column says nothing that a paragraph does not.
  const width = Math.max(...rows.map((row) => row.length));
  if (width === 1) return rows.map(([cell]) => cell).join('\n\n');
  const line = (cells: string[]) => `| ${Array.from({ length: width }, (_, n) => cells[n] ?? '').join(' | ')} |`;
  return [line(header), `|${' --- |'.repeat(width)}`, ...body.map(line)].join('\n');
}

function cellText(cell: HTMLElement): string {
  return turndown
    .turndown(cell.innerHTML || ' ')
    .replace(/\s+/g, ' ')
    .replaceAll('|', '\\|')
    .trim();
}
