import { fitWhole, type SplitOptions, splitFirstPart } from './split-markdown.ts';

export interface StreamSplitter {
  /** The parts so far. All but the last are final; the last one grows, and may lose its end to a next one. */
  push(delta: string): string[];
  /** The parts of the whole answer. */
  end(): string[];
}

/** Splits an answer like splitMarkdown while it is written. */
export function createStreamSplitter(options: SplitOptions): StreamSplitter {
  const final: string[] = [];
  let open = '';
  /** A delta can end within a character, which waits here for its other half. */
  let half = '';

  function settle(): string[] {
    for (;;) {
      const shown = fitWhole(open, options);
      const split = shown === null ? splitFirstPart(open, options) : null;
      if (split === null) return shown ? [...final, shown] : [...final];
      if (split.part !== '') final.push(split.part);
      open = split.rest;
    }
  }

  return {
    push(delta) {
      const text = half + delta;
      half = /[\uD800-\uDBFF]$/.test(text) ? text.slice(-1) : '';
      open += half === '' ? text : text.slice(0, -1);
      return settle();
    },
    end() {
      open += half;
      half = '';
      return settle();
    },
  };
}
