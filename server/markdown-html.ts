import type { FootnoteDefinition, ListItem, Nodes, RootContent, Table } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { toString as toText } from 'mdast-util-to-string';
import { gfm } from 'micromark-extension-gfm';

/** Markdown nested this deep is nobody's answer, and the parser goes through it by recursion. */
const TOO_DEEP = /^[ \t]*(?:(?:>|[-*+]|\d{1,9}[.)])[ \t]*){50}/m;
const SAFE_ADDRESS = /^(?:https?:\/\/|mailto:)/i;
const CITATION = /\[(\d{1,3})\]/g;

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** An address that a page may link to, whoever wrote it; null for everything that is not a web page or an e-mail. */
export function safeAddress(url: string): string | null {
  return SAFE_ADDRESS.test(url) && URL.canParse(url) ? new URL(url).href : null;
}

export function linkHtml(url: string, html: string): string {
  const address = safeAddress(url);
  return address === null
    ? html
    : `<a href="${escapeHtml(address)}" rel="nofollow noopener noreferrer ugc" target="_blank">${html}</a>`;
}

/**
 * Writes Markdown as HTML in which nothing but our own tags stands: what an answer holds as HTML is shown as text,
 * images are links, and other addresses than of web pages and e-mail are left out.
 * @param options.sources the numbers that `[n]` may point to, as `#source-n`
 */
export function markdownToHtml(markdown: string, { sources }: { sources: ReadonlySet<number> }): string {
  if (TOO_DEEP.test(markdown)) return `<p>${escapeHtml(markdown)}</p>`;
  const root = fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  const definitions = new Map(
    root.children.flatMap((node) => (node.type === 'definition' ? [[node.identifier, node.url] as const] : [])),
  );
  const notes = footnotes(root.children);
  const called: string[] = [];
  return toHtml(root) + notesHtml();

  function inside(node: { children: Nodes[] }): string {
    return node.children.map(toHtml).join('');
  }

  function toHtml(node: Nodes): string {
    switch (node.type) {
      case 'root':
        return inside(node);
      case 'footnoteReference':
        return noteCallHtml(node.identifier);
      case 'paragraph':
        return `<p dir="auto">${inside(node)}</p>`;
      case 'heading': {
        // The page has the first heading already.
        const level = Math.min(6, node.depth + 1);
        return `<h${level} dir="auto">${inside(node)}</h${level}>`;
      }
      case 'blockquote':
        return `<blockquote dir="${directionOf(node)}">${inside(node)}</blockquote>`;
      case 'list':
        return node.ordered
          ? `<ol start="${Number(node.start ?? 1)}" dir="${directionOf(node)}">${inside(node)}</ol>`
          : `<ul dir="${directionOf(node)}">${inside(node)}</ul>`;
      case 'listItem':
        return typeof node.checked === 'boolean' ? taskHtml(node, node.checked) : `<li>${inside(node)}</li>`;
      case 'code':
        return `<pre dir="ltr"><code>${escapeHtml(node.value)}</code></pre>`;
      case 'inlineCode':
        return `<code dir="ltr">${escapeHtml(node.value)}</code>`;
      case 'table':
        return tableHtml(node);
      case 'emphasis':
        return `<em>${inside(node)}</em>`;
      case 'strong':
        return `<strong>${inside(node)}</strong>`;
      case 'delete':
        return `<del>${inside(node)}</del>`;
      case 'break':
        return '<br>';
      case 'thematicBreak':
        return '<hr>';
      case 'link':
        return linkHtml(node.url, inside(node));
      case 'linkReference':
        return linkReferenceHtml(node.identifier, inside(node));
      case 'image':
        return linkHtml(node.url, escapeHtml(node.alt || node.url));
      case 'imageReference':
        return linkReferenceHtml(node.identifier, escapeHtml(node.alt || node.identifier));
      case 'text':
        return citationsHtml(node.value);
      case 'html':
        return escapeHtml(node.value);
      default:
        return '';
    }
  }

  function linkReferenceHtml(identifier: string, html: string): string {
    const url = definitions.get(identifier);
    return url === undefined ? html : linkHtml(url, html);
  }

  function tableHtml(table: Table): string {
    const [head, ...rows] = table.children.map((row) => row.children.map(inside));
    const cells = (tag: string, row: string[]) =>
      row
        .map((cell, at) => {
          const align = table.align?.[at];
          return `<${tag} dir="auto"${align ? ` align="${align}"` : ''}>${cell}</${tag}>`;
        })
        .join('');
    const body = rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('');
    return `<div class="table"><table dir="${directionOf(table)}"><thead><tr>${cells('th', head ?? [])}</tr></thead><tbody>${body}</tbody></table></div>`;
  }

  /** A box that says whether something is done, with the item's first paragraph as its name. */
  function taskHtml({ children }: ListItem, isDone: boolean): string {
    const [first, ...rest] = children;
    const text = first?.type === 'paragraph' ? inside(first) : '';
    const others = (text ? rest : children).map(toHtml).join('');
    return `<li class="task"><label dir="auto"><input type="checkbox" disabled${isDone ? ' checked' : ''}> ${text}</label>${others}</li>`;
  }

  function noteCallHtml(identifier: string): string {
    if (!notes.has(identifier)) return '';
    if (!called.includes(identifier)) called.push(identifier);
    const n = called.indexOf(identifier) + 1;
    return `<sup><a href="#note-${n}" aria-label="Footnote ${n}">${n}</a></sup>`;
  }

  /** The notes that are called, in that order; one may call another. */
  function notesHtml(): string {
    const items: string[] = [];
    for (let at = 0; at < called.length; at += 1) {
      const note = notes.get(called[at] ?? '');
      if (note) items.push(`<li id="note-${at + 1}">${inside(note)}</li>`);
    }
    return items.length === 0 ? '' : `<ol class="notes">${items.join('')}</ol>`;
  }

  function citationsHtml(text: string): string {
    return escapeHtml(text).replace(CITATION, (marker, digits) =>
      sources.has(Number(digits)) ? `<a class="citation" href="#source-${Number(digits)}">${marker}</a>` : marker,
    );
  }
}

function footnotes(nodes: RootContent[]): Map<string, FootnoteDefinition> {
  return new Map(
    nodes.flatMap((node) => (node.type === 'footnoteDefinition' ? [[node.identifier, node] as const] : [])),
  );
}

const RIGHT_TO_LEFT = /^[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** By the first letter. `dir=auto` does not do for what holds blocks: it passes over those with a direction of their own. */
function directionOf(node: Nodes): 'ltr' | 'rtl' {
  return RIGHT_TO_LEFT.test(/\p{L}/u.exec(toText(node))?.[0] ?? '') ? 'rtl' : 'ltr';
}
