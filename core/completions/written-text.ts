/** What models write, in a piece of a stream (`delta`) or as a whole (`message`). */
interface Written {
  content?: unknown;
  reasoning?: unknown;
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
      const { content, refusal, tool_calls, ...thoughts } = delta ?? message ?? {};
      const texts = [allText(content), thoughtText(thoughts), allText(refusal)];
      return texts.join('') + (Array.isArray(tool_calls) ? JSON.stringify(tool_calls) : '');
    })
    .join('');
}

/** The text of an answer, which some servers send as a list of parts; parts of other kinds, such as thoughts, are no text. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part) =>
      typeof part === 'string' ? part : isTextPart(part) && typeof part.text === 'string' ? part.text : '',
    )
    .join('');
}

/** What a model thought before it answered. Some servers send it by both names, and then it is one thought. */
export function thoughtText({
  reasoning,
  reasoning_content,
}: Pick<Written, 'reasoning' | 'reasoning_content'>): string {
  return allText(reasoning_content) || allText(reasoning);
}

function isTextPart(part: unknown): part is { text?: unknown } {
  if (typeof part !== 'object' || part === null) return false;
  const { type = 'text' } = part as { type?: unknown };
  return type === 'text' || type === 'output_text';
}

/** Of parts of every kind, however deep their text is. */
function allText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (Array.isArray(content)) return content.map(allText).join('');
  if (typeof content !== 'object' || content === null) return '';
  const { text, thinking } = content as { text?: unknown; thinking?: unknown };
  return allText(text) + allText(thinking);
}
