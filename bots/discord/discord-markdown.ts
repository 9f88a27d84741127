import type { Nodes, Table, TableCell } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { toString as toPlainText } from 'mdast-util-to-string';
import { gfm } from 'micromark-extension-gfm';

interface Replacement {
  from: number;
  to: number;
  text: string;
}

/** Headings deeper than this are shown with their number signs. */
const DEEPEST_HEADING = 3;
const LONGEST_CELL = 40;

/**
 * Rewrites what Discord's Markdown lacks: tables become aligned text, deep headings bold, images links, rules lines.
 * Everything else is left exactly as it was written.
 */
export function toDiscordMarkdown(markdown: string): string {
  const tree = fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  let shown = '';
  let at = 0;
  for (const { from, to, text } of findReplacements(tree, markdown)) {
    shown += markdown.slice(at, from) + text;
    at = to;
  }
  return shown + markdown.slice(at);
}

function findReplacements(node: Nodes, markdown: string): Replacement[] {
  const from = node.position?.start.offset;
  const to = node.position?.end.offset;
  if (from !== undefined && to !== undefined) {
    const text = replace(node, markdown.slice(from, to));
    if (text !== null) return [{ from, to, text }];
  }
  return 'children' in node ? node.children.flatMap((child) => findReplacements(child, markdown)) : [];
}

function replace(node: Nodes, source: string): string | null {
  switch (node.type) {
    case 'table':
      // One in a list or quote would have to repeat what stands before each line: it stays as it was written.
      return node.position?.start.column === 1 ? toAlignedText(node) : null;
    case 'thematicBreak':
      return '─────';
    case 'heading':
      if (node.depth > DEEPEST_HEADING) return `**${toPlainText(node).replaceAll('*', '')}**`;
      // Discord does not know headings that are underlined.
      return source.startsWith('#') ? null : `${'#'.repeat(node.depth)} ${toPlainText(node)}`;
    case 'image':
      return `[${(node.alt || 'image').replaceAll(/[[\]]/g, '')}](${node.url})`;
    default:
      return null;
  }
}

function toAlignedText(table: Table): string {
  const rows = table.children.map((row) => row.children.map(toCell));
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => Math.min(LONGEST_CELL, (row[column] ?? '').length))),
  );
  const lines = rows.map((row) =>
    widths
      .map((width, column) => (row[column] ?? '').padEnd(width))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return ['```', lines[0], rule, ...lines.slice(1), '```'].join('\n');
}

function toCell(cell: TableCell): string {
  return toPlainText(cell).replaceAll(/\s+/g, ' ').replaceAll('```', "'''").trim();
}
