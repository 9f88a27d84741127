import type { HtmlElement } from './html-document.ts';

const NUMBERS_ONLY = /^[\s\d.:|]*$/;
const NUMBER_CLASS = /(^|[\s_-])(linenos?|lineno|line-?num(ber)?s?|blob-num|lnt?|gutter|rownum)([\s_-]|$)/i;
const NUMBER_CAMEL_CLASS = /line-?numbers?/i;
const NOT_SELECTABLE = /user-select:\s*none/i;
const LINE_CLASS = /(^|[\s_-])line(_\w+)?(\s|$)|codeLine/;
const LINE_STYLE = /display:\s*(block|flex|grid)/;
const LINE_TAGS = ['DIV', 'P', 'LI', 'TR'];
const LANGUAGE_CLASS = /(?:^|\s)(?:(?:language|lang|highlight)-(?:source-)?|brush:\s*)([\w+#-]+)/;
const NO_LANGUAGE = ['text', 'txt', 'plain', 'plaintext', 'none', 'default', 'notranslate', 'source'];

/**
 * Makes every code block one `<pre>` with its text, as a reader sees it: lines that are elements become lines, and
 * numbers beside them go, whether they stand in a column of a table or before each line.
 */
export function tidyCode(document: Document): void {
  for (const table of document.querySelectorAll('table')) tidyNumberedTable(table, document);
  for (const pre of document.querySelectorAll('pre')) {
    const code = document.createElement('code');
    const language = languageOf(pre);
    if (language) code.setAttribute('class', `language-${language}`);
    code.textContent = codeText(pre).replace(/^\n+|\s+$/g, '');
    pre.replaceChildren(code);
    if (pre.previousElementSibling?.matches('span.lang')) pre.previousElementSibling.remove();
  }
}

/** A table of a column of numbers and one of code; the rows of other tables are left alone. */
function tidyNumberedTable(table: HtmlElement, document: Document): void {
  const rows = [...table.querySelectorAll('tr')].filter((row) => row.closest('table') === table);
  const cells = rows.map((row) => [...row.children] as HtmlElement[]);
  const numbered = cells.filter(([first, ...code]) => first && code.length > 0 && isNumberCell(first));
  if (numbered.length === 0) return;
  const titles = cells.filter((row) => !numbered.includes(row));
  if (titles.some((row) => row.length > 1)) return;
  const pre = document.createElement('pre');
  const language = languageOf(numbered[0]?.[1]?.querySelector('pre') ?? table);
  if (language) pre.setAttribute('data-language', language);
  pre.textContent = numbered.map((row) => codeText(row.at(-1)).replace(/\n$/, '')).join('\n');
  const names = titles.flat().map((cell) => cell.textContent.trim());
  const name = document.createElement('p');
  name.textContent = names.join(' ');
  table.replaceWith(...(names.length > 0 ? [name] : []), pre);
}

function isNumberCell(cell: HtmlElement): boolean {
  if (!NUMBERS_ONLY.test(cell.textContent)) return false;
  const hasNumbers = /\d/.test(cell.textContent);
  const look = cell.innerHTML;
  if (hasNumbers && cell.querySelector('pre')) return true;
  return cell.hasAttribute('data-line-number') || isNumber(cell) || (hasNumbers && NOT_SELECTABLE.test(look));
}

/** Numbers of lines, known by what they are called or by being kept out of what people copy. */
function isNumber(element: HtmlElement): boolean {
  if (!NUMBERS_ONLY.test(element.textContent)) return false;
  const name = element.getAttribute('class') ?? '';
  const style = element.getAttribute('style') ?? '';
  return NUMBER_CLASS.test(name) || NUMBER_CAMEL_CLASS.test(name) || NOT_SELECTABLE.test(style);
}

function codeText(node: Node | undefined): string {
  if (!node) return '';
  if (node.nodeType === 3) return node.nodeValue ?? '';
  if (node.nodeName === 'BR') return '\n';
  const children = [...node.childNodes].filter((child) => !isBeside(child));
  const lines = children.filter(isLine);
  const isWhole = lines.length > 1 || lines.some((line) => LINE_TAGS.includes(line.nodeName));
  let text = '';
  for (const [n, child] of children.entries()) {
    const own = codeText(child);
    text += own;
    const next = children[n + 1];
    if (!isWhole || !lines.includes(child) || !next || own.endsWith('\n')) continue;
    if (!codeText(next).startsWith('\n') || lines.includes(next)) text += '\n';
  }
  return text;
}

function isBeside(node: Node): boolean {
  if (node.nodeType !== 1) return node.nodeType !== 3;
  return ['BUTTON', 'SCRIPT', 'STYLE', 'TEMPLATE'].includes(node.nodeName) || isNumber(node as HtmlElement);
}

function isLine(node: Node): boolean {
  if (node.nodeType !== 1) return false;
  const element = node as HtmlElement;
  if (LINE_TAGS.includes(element.nodeName) || element.hasAttribute('data-line')) return true;
  const isRow = element.nodeName === 'CODE' && element.parentElement?.nodeName === 'PRE';
  return isRow || LINE_CLASS.test(element.getAttribute('class') ?? '') || LINE_STYLE.test(styleOf(element));
}

function styleOf(element: HtmlElement): string {
  return element.getAttribute('style') ?? '';
}

/** Named on the block itself, on the code in it, or on one of the few boxes around it. */
function languageOf(pre: HtmlElement): string {
  const around = [pre.parentElement, pre.parentElement?.parentElement, pre.parentElement?.parentElement?.parentElement];
  for (const element of [pre, pre.querySelector('code'), ...around]) {
    if (!element || ['BODY', 'MAIN', 'ARTICLE'].includes(element.nodeName)) continue;
    const named = element.getAttribute('data-lang') ?? element.getAttribute('data-language');
    const language = named ?? LANGUAGE_CLASS.exec(element.getAttribute('class') ?? '')?.[1];
    if (language && /^[\w+#-]+$/.test(language)) return NO_LANGUAGE.includes(language) ? '' : language;
  }
  return '';
}
