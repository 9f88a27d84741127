import type { Nodes, Table } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
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
  return toHtml(root);

  function inside(node: { children: Nodes[] }): string {
    return node.children.map(toHtml).join('');
  }

  function toHtml(node: Nodes): string {
    switch (node.type) {
      case 'root':
      case 'footnoteDefinition':
        return inside(node);
      case 'paragraph':
        return `<p>${inside(node)}</p>`;
      case 'heading': {
        // The page has the first heading already.
        const level = Math.min(6, node.depth + 1);
        return `<h${level}>${inside(node)}</h${level}>`;
      }
      case 'blockquote':
        return `<blockquote>${inside(node)}</blockquote>`;
      case 'list':
        return node.ordered
          ? `<ol start="${Number(node.start ?? 1)}">${inside(node)}</ol>`
          : `<ul>${inside(node)}</ul>`;
      case 'listItem':
        return `<li>${inside(node)}</li>`;
      case 'code':
        return `<pre><code>${escapeHtml(node.value)}</code></pre>`;
      case 'inlineCode':
        return `<code>${escapeHtml(node.value)}</code>`;
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
    const cells = (tag: string, row: string[]) => row.map((cell) => `<${tag}>${cell}</${tag}>`).join('');
    const body = rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('');
    return `<div class="table"><table><thead><tr>${cells('th', head ?? [])}</tr></thead><tbody>${body}</tbody></table></div>`;
  }

  function citationsHtml(text: string): string {
    return escapeHtml(text).replace(CITATION, (marker, digits) =>
      sources.has(Number(digits)) ? `<a class="citation" href="#source-${Number(digits)}">${marker}</a>` : marker,
    );
  }
}
