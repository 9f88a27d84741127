import { createMarkdownContext } from './markdown-context.ts';

export interface CitationFilter {
  /** What may be shown after this delta; only the beginning of a possible citation is held back. */
  push(delta: string): string;
  /** What was still held back when the answer ended. */
  end(): string;
}

/** Longer than any list of citations; what is longer is no citation and goes through as it is. */
const LONGEST_CITATION = 64;
/** `1`, `1, 3`, `2-4` between the brackets, also half typed. */
const INSIDE = /^[\d\s,;–-]*$/;
const NUMBERS = /^\s*\d+(?:\s*[,;–-]\s*\d+)*\s*$/;

/**
 * Removes `[n]` that point to no passage while an answer streams. `[1, 3]` and `[1-3]` become `[1][3]` and `[1][2][3]`,
 * so that whoever shows an answer knows one form only. Code, links, task lists and escaped brackets are left alone.
 * However the answer is cut into deltas, the result is the same.
 */
export function createCitationFilter(passageCount: number): CitationFilter {
  const context = createMarkdownContext();
  /** From its `[` on. When it ends in `]` and has to change, the next character still tells whether it is a link. */
  let held = '';
  /** The character before the bracket or, once one was removed, before that; spaces around a hole become one. */
  let before = '\n';
  let isAfterHole = false;

  function take(character: string): string {
    if (held.endsWith(']')) {
      const settled = character === '(' ? held : settle();
      held = '';
      return emit(settled) + take(character);
    }
    if (held !== '') return hold(character);
    if (character === '[' && context.isProse()) {
      held = character;
      return '';
    }
    if (isAfterHole && character === ' ' && /\s/.test(before)) return '';
    return emit(character);
  }

  function hold(character: string): string {
    if (character === ']' && NUMBERS.test(held.slice(1))) return close();
    if (held.length < LONGEST_CITATION && INSIDE.test(character) && character !== '\n') {
      held += character;
      return '';
    }
    const plain = held;
    held = '';
    return emit(plain) + take(character);
  }

  function close(): string {
    held += ']';
    if (toCitations(held) !== held) return '';
    const citation = held;
    held = '';
    return emit(citation);
  }

  function settle(): string {
    const citations = toCitations(held);
    if (citations === '') isAfterHole = true;
    return citations;
  }

  function emit(text: string): string {
    for (const character of text) context.read(character);
    if (text !== '') {
      before = text.slice(-1);
      isAfterHole = false;
    }
    return text;
  }

  return {
    push(delta) {
      let shown = '';
      for (const character of delta) shown += take(character);
      return shown;
    },
    end() {
      const rest = held.endsWith(']') ? settle() : held;
      held = '';
      return rest;
    },
  };

  /** `[1, 7]` with five passages is `[1]`. */
  function toCitations(bracketed: string): string {
    let citations = '';
    for (const part of bracketed.slice(1, -1).split(/[,;]/)) {
      const [from = 0, to = from] = part.split(/[–-]/).map(Number);
      for (let n = Math.max(from, 1); n <= Math.min(to, passageCount); n++) citations += `[${n}]`;
    }
    return citations;
  }
}
