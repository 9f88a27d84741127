import { raiseDigits } from './raised-digits.ts';

const CALL = /^[[(]?\s*(\d{1,3}|[a-z]|(?:note|nb)\s*\d{1,3}|[*†‡§¶]+)\s*[\])]?$/i;
const BACK = /^(?:[\s↩↑^⤴↵]|\uFE0E|\uFE0F)*$/;

/**
 * Writes the calls of footnotes as raised figures. Written as `[1]`, they would look like the numbers by which an answer
 * names its sources.
 */
export function raiseNotes(document: Document): void {
  for (const link of document.querySelectorAll('a[href*="#"]')) {
    const text = link.textContent.trim();
    if (BACK.test(text)) {
      if (isBackLink(link)) link.remove();
      continue;
    }
    const mark = CALL.exec(text)?.[1];
    if (mark && (isNote(link) || /^\[?\d+\]?$/.test(text))) wholeMark(link).replaceWith(raise(mark));
  }
}

function isBackLink(link: Element): boolean {
  const name = link.getAttribute('class') ?? '';
  return (
    link.textContent.trim() !== '' &&
    (link.hasAttribute('role') || /back/.test(name) || /ref/.test(link.getAttribute('href') ?? ''))
  );
}

function isNote(link: Element): boolean {
  const marks = `${link.getAttribute('class') ?? ''} ${link.getAttribute('role') ?? ''}`;
  return link.closest('sup') !== null || /footnote|noteref|backlink/.test(marks);
}

/** The link with the brackets and the raised box around it, as far as nothing else is in there. */
function wholeMark(link: Element): Element {
  let whole = link;
  for (let around = link.parentElement; around && CALL.test(around.textContent.trim()); around = around.parentElement) {
    if (!['SUP', 'SPAN'].includes(around.nodeName)) break;
    whole = around;
  }
  return whole;
}

function raise(mark: string): string {
  const digits = /\d+/.exec(mark)?.[0];
  return digits ? raiseDigits(digits) : mark.replace(/^[a-z]$/i, '($&)');
}
