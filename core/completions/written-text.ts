/** What models write, in a piece of a stream (`delta`) or as a whole (`message`). */
interface Written {
  content?: unknown;
  reasoning_content?: unknown;
  refusal?: unknown;
  tool_calls?: unknown;
}

export interface WireChoice {
  delta?: Written | null;
  message?: Written | null;
}

/** All that a model wrote: thoughts and the arguments of tools are tokens too. */
export function writtenText(choices: readonly WireChoice[]): string {
  return choices
    .map(({ delta, message }) => {
      const { content, reasoning_content, refusal, tool_calls } = delta ?? message ?? {};
      const texts = [content, reasoning_content, refusal].map((text) => (typeof text === 'string' ? text : ''));
      return texts.join('') + (Array.isArray(tool_calls) ? JSON.stringify(tool_calls) : '');
    })
    .join('');
}
