import { toSafeAddress } from './safe-address.ts';

/** Make what a citation `[n]` or the call of a footnote `[^name]` looks like; null when there is no such source or note. */
export interface InlineMakers {
  cite: (n: number) => Node | null;
  note: (name: string) => Node | null;
}

/**
 * Marks within a line, first match wins: code, an escape, a link or picture, a citation, a footnote's call, a bare address, bold, struck,
 * italic with stars, italic or bold with underscores (not inside words).
 */
const MARKS =
  /(`+)(.*?[^`])\1(?!`)|\\([!-/:-@[-`{-~])|!?\[((?:[^[\]]|\[[^\]]*\])*)\]\(((?:[^\s()]|\([^\s()]*\))*)[^()]*\)|\[(\d{1,3})\]|\[\^([^\]\s]+)\]|<?(https?:\/\/(?:[^\s<>()[]|\([^\s()]*\))+)>?|\*\*(?=\S)(.*?\S)\*\*(?!\*)|~~(?=\S)(.*?\S)~~|\*(?=[^\s*])((?:[^*]|\*\*[^*]*\*\*)*)\*(?!\*)|(?<!\w)(__?)(?=\S)(.*?\S)\12(?!\w)|<br *\/?>|\n/gs;

/**
 * Appends a line of Markdown. Only elements and text are made, never HTML, so nothing in it can be executed.
 * Pictures become links: loading one would tell its server what was asked, which is how injected text steals chats.
 */
export function appendInline(parent: Node, text: string, makers: InlineMakers): void {
  let shown = 0;
  for (const match of text.matchAll(MARKS)) {
    parent.appendChild(new Text(text.slice(shown, match.index)));
    shown = match.index + match[0].length;
    parent.appendChild(toNode(match, makers));
  }
  parent.appendChild(new Text(text.slice(shown)));
}

function toNode(match: RegExpExecArray, makers: InlineMakers): Node {
  // In the order of MARKS.
  const [mark, , code, escaped, label, address, source, note, url, bold, struck, italic, line, lined] = match;
  const element = (tag: string, inner: string) => {
    const made = document.createElement(tag);
    appendInline(made, inner, makers);
    return made;
  };
  if (escaped) return new Text(escaped);
  if (source) return makers.cite(Number(source)) ?? new Text(mark);
  if (note) return makers.note(note) ?? new Text(mark);
  if (label !== undefined) return link(address ?? '', element('a', label));
  if (bold) return element('strong', bold);
  if (struck) return element('s', struck);
  if (italic) return element('em', italic);
  if (lined) return element(line === '_' ? 'em' : 'strong', lined);
  if (url) return bareLink(url);
  const plain = document.createElement(code ? 'code' : 'br');
  plain.textContent = code ?? '';
  return plain;
}

function link(address: string, anchor: HTMLElement): Node {
  const href = toSafeAddress(address);
  if (!href) return new Text(anchor.textContent ?? '');
  anchor.setAttribute('href', href);
  anchor.setAttribute('target', '_blank');
  anchor.setAttribute('rel', 'noopener noreferrer');
  return anchor;
}

/** An address in running text: the punctuation after it belongs to the sentence. */
function bareLink(text: string): Node {
  const address = text.replace(/[,.;:!?'"\]*_]+$/, '');
  const anchor = document.createElement('a');
  anchor.textContent = address;
  anchor.dir = 'ltr';
  const both = document.createDocumentFragment();
  both.append(link(address, anchor), text.slice(address.length));
  return both;
}
