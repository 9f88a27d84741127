import { splitMarkdown } from '../shared/split-markdown.ts';
import { MESSAGE_SIZE, SMALLER_SIZES } from './message-size.ts';
import { isTooLong } from './post-message.ts';

/**
 * Shows an answer in as few messages as may hold it; where Slack finds them too long all the same, in smaller ones.
 * @param show shows these parts, whatever it has shown before; at least one
 * @param whole the parts of the usual size, where they are known
 */
export async function showParts(
  text: string,
  show: (parts: string[]) => Promise<void>,
  whole: string[] = splitMarkdown(text, MESSAGE_SIZE),
): Promise<void> {
  let parts = whole;
  for (const smaller of [...SMALLER_SIZES, null]) {
    try {
      return await show(parts.length > 0 ? parts : ['']);
    } catch (error) {
      if (smaller === null || !isTooLong(error)) throw error;
      parts = splitMarkdown(text, smaller);
    }
  }
}
