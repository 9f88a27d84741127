import type { Nodes, Parents, Root } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';

/** Slack decodes these three everywhere; anything else stays as it is. */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A link in Slack's own notation; `|` and `>` would end it early. */
export function toMrkdwnLink(url: string, label: string): string {
  const safeUrl = escapeMrkdwn(url).replaceAll('|', '%7C');
  return `<${safeUrl}|${escapeMrkdwn(label).replaceAll('|', '¦')}>`;
}

/** Standard Markdown in Slack's older notation, for notifications and wherever Slack takes no Markdown. */
export function toMrkdwn(markdown: string): string {
  const root: Root = fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  return blocks(root).trim();
}

function blocks(parent: Parents): string {
  return parent.children.map(block).join('\n\n');
}

function inline(parent: Parents): string {
  return parent.children.map(phrase).join('');
}

function block(node: Nodes): string {
  switch (node.type) {
    case 'heading':
      return `*${inline(node)}*`;
    case 'code':
      return `\`\`\`\n${escapeMrkdwn(node.value)}\n\`\`\``;
    case 'blockquote':
      return indent(blocks(node), '> ', '> ');
    case 'list':
      return node.children
        .map((item, index) => {
          const marker = node.ordered ? `${(node.start ?? 1) + index}. ` : '• ';
          return indent(item.children.map(block).join('\n'), marker, '    ');
        })
        .join('\n');
    case 'table':
      return node.children.map((row) => row.children.map(inline).join(' | ')).join('\n');
    case 'thematicBreak':
      return '———';
    case 'html':
      return escapeMrkdwn(node.value);
    case 'definition':
      return '';
    default:
      return 'children' in node ? inline(node) : phrase(node);
  }
}

function phrase(node: Nodes): string {
  switch (node.type) {
    case 'text':
    case 'html':
      return escapeMrkdwn(node.value);
    case 'inlineCode':
      return `\`${escapeMrkdwn(node.value)}\``;
    case 'strong':
      return `*${inline(node)}*`;
    case 'emphasis':
      return `_${inline(node)}_`;
    case 'delete':
      return `~${inline(node)}~`;
    case 'link':
      return `<${escapeMrkdwn(node.url).replaceAll('|', '%7C')}|${inline(node)}>`;
    case 'image':
      return toMrkdwnLink(node.url, node.alt || node.url);
    case 'break':
      return '\n';
    default:
      return 'children' in node ? inline(node) : '';
  }
}

function indent(text: string, first: string, others: string): string {
  return text
    .split('\n')
    .map((line, index) => (index === 0 ? first : others) + line)
    .join('\n');
}
