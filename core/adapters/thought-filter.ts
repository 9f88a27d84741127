const BEGIN = '<think>';
const END = '</think>';

/**
 * Takes out the thoughts that some servers leave in front of an answer, between `<think>` and `</think>`. Anywhere else
 * such a mark is text. However the answer is cut into pieces, the result is the same.
 */
export function createThoughtFilter() {
  let state: 'beginning' | 'thought' | 'gap' | 'text' = 'beginning';
  let held = '';
  let thought = '';

  function take(): string {
    if (state === 'beginning') {
      const start = held.trimStart();
      if (start.startsWith(BEGIN)) {
        held = start.slice(BEGIN.length);
        state = 'thought';
      } else if (!BEGIN.startsWith(start)) {
        state = 'text';
      }
    }
    if (state === 'thought') {
      const end = held.indexOf(END);
      if (end >= 0) {
        thought += held.slice(0, end);
        held = held.slice(end + END.length);
        state = 'gap';
      }
    }
    if (state === 'gap') {
      held = held.trimStart();
      if (held !== '') state = 'text';
    }
    return state === 'text' ? flush() : '';
  }

  function flush(): string {
    const shown = held;
    held = '';
    return shown;
  }

  return {
    /** What may be shown after this piece. */
    push(text: string): string {
      if (state === 'text' && held === '') return text;
      held += text;
      return take();
    },
    /** What was held back when the answer ended: the beginning of a mark that was none. */
    end: () => (state === 'beginning' ? flush() : ''),
    /** What was taken out; it was written, and is paid for. */
    thought: () => thought + (state === 'thought' ? held : ''),
  };
}
