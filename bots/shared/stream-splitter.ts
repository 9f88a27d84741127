import { type SplitOptions, splitFirstPart } from './split-markdown.ts';

export interface StreamSplitter {
  /** The parts so far. All but the last are final; the last one grows, and may lose its end to a next one. */
  push(delta: string): string[];
  /** The parts of the whole answer. */
  end(): string[];
}

/** Room for closing a code block; an answer that comes so near to the limit is parsed. */
const CLOSING_ROOM = 32;
const FENCE_LINE = /^[\s>]*(?:(?:[-*+]|\d+[.)])\s+)*(`{3,}|~{3,})(.*)$/;

/** Splits an answer like splitMarkdown while it is written. */
export function createStreamSplitter(options: SplitOptions): StreamSplitter {
  const { limit, measure = (part) => part.length } = options;
  const final: string[] = [];
  let open = '';
  /** A delta can end within a character, which waits here for its other half. */
  let half = '';

  function settle(isUnfinished: boolean): string[] {
    for (;;) {
      const { part, rest } = splitFirstPart(open, { ...options, isUnfinished });
      if (rest === null) return part === '' ? [...final] : [...final, part];
      if (part !== '') final.push(part);
      open = rest;
    }
  }

  return {
    push(delta) {
      const text = half + delta;
      half = /[\uD800-\uDBFF]$/.test(text) ? text.slice(-1) : '';
      open += half === '' ? text : text.slice(0, -1);
      // Most deltas leave the last part within the limit, and then there is nothing to parse.
      if (measure(open) > limit - CLOSING_ROOM) return settle(true);
      const shown = closeFence(open.trim());
      return shown === '' ? [...final] : [...final, shown];
    },
    end() {
      open += half;
      half = '';
      return settle(false);
    },
  };
}

function closeFence(text: string): string {
  let opened: string | null = null;
  for (const line of text.split('\n')) {
    const [, marks, after = ''] = line.match(FENCE_LINE) ?? [];
    if (!marks) continue;
    if (opened === null) opened = marks;
    else if (marks.startsWith(opened) && after.trim() === '') opened = null;
  }
  return opened === null ? text : `${text}\n${opened}`;
}
