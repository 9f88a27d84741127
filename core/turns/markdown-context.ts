/** What of Markdown has to be known, character by character, to leave code and link targets alone. */
export interface MarkdownContext {
  /** Whether the next character is ordinary text: in no code, no link target, and not escaped. */
  isProse(): boolean;
  read(character: string): void;
}

type State =
  | { in: 'text' }
  | { in: 'code_span'; ticks: number }
  /** The rest of the line that opens a fence. */
  | { in: 'fence_line'; mark: string; length: number }
  | { in: 'fence'; mark: string; length: number }
  | { in: 'link_target' };

/** What may stand before a fence on its line: indentation, quote marks, a list item's mark. */
const LINE_START = /^[\s>]*(?:[-*+]|\d{1,9}[.)])?[\s>]*$/;

export function createMarkdownContext(): MarkdownContext {
  const text: State = { in: 'text' };
  let state: State = text;
  /** The current line before the run of marks that is being read. */
  let line = '';
  /** The run of backticks or tildes being read; what it means is known when it ends. */
  let run = '';
  let previous = '\n';
  let isEscaped = false;

  function read(character: string): void {
    if (isMark(character) && (run === '' || run[0] === character) && !isEscaped) {
      run += character;
    } else {
      if (run !== '') endRun();
      run = '';
      if (isMark(character) && !isEscaped) run = character;
      else readOther(character);
    }
    previous = character;
  }

  function readOther(character: string): void {
    if (character === '\n') {
      endLine();
      return;
    }
    if (state.in === 'text' && character === '(' && previous === ']') state = { in: 'link_target' };
    else if (state.in === 'link_target' && character === ')') state = text;
    isEscaped = state.in === 'text' && character === '\\' && !isEscaped;
    // Only the start of a line decides whether a fence can open or close there.
    if (line.length < 40) line += character;
  }

  function endLine(): void {
    const isBlank = line.trim() === '';
    if (state.in === 'fence_line') state = { in: 'fence', mark: state.mark, length: state.length };
    else if (state.in === 'fence') closeFence(state);
    // A code span never reaches over an empty line, so a stray backtick does no harm beyond its paragraph.
    else if (state.in === 'link_target' || isBlank) state = text;
    line = '';
    isEscaped = false;
  }

  function closeFence(fence: { mark: string; length: number }): void {
    const bare = line.replace(/^[\s>]+/, '').trimEnd();
    if (bare.length >= fence.length && [...bare].every((character) => character === fence.mark)) state = text;
  }

  function endRun(): void {
    const mark = run.slice(0, 1);
    if (state.in === 'text') {
      if (run.length >= 3 && LINE_START.test(line)) state = { in: 'fence_line', mark, length: run.length };
      else if (mark === '`') state = { in: 'code_span', ticks: run.length };
    } else if (state.in === 'code_span') {
      if (mark === '`' && run.length === state.ticks) state = text;
    } else if (state.in === 'fence_line' && mark === '`' && state.mark === '`') {
      // Backticks again on the same line: it was code inside a line, not a fence.
      state = run.length === state.length ? text : { in: 'code_span', ticks: state.length };
    }
    if (line.length < 40) line += run;
  }

  return {
    isProse() {
      if (isEscaped) return false;
      if (run === '') return state.in === 'text';
      // A run that ends here may open or close code: look at what it would mean.
      if (state.in === 'text') return run[0] === '~' && !(run.length >= 3 && LINE_START.test(line));
      return state.in === 'code_span' && run[0] === '`' && run.length === state.ticks;
    },
    read,
  };
}

function isMark(character: string): boolean {
  return character === '`' || character === '~';
}
