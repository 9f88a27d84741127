import type { Message } from '../../core/messages/message.ts';
import { cutText, disarmPings, MOST_CHARACTERS, toChatLine } from './chat-text.ts';
import { toPlainText } from './plain-text.ts';

export interface AnswerTextOptions {
  /** Told after the answer, such as that it broke off. */
  ending?: string;
  /** Makes the whole answer readable by a link. Asked for only when the message needs one. */
  share(): Promise<string>;
}

const NOTHING_TO_SAY = 'I have no answer to that.';

/**
 * What is said of an answer in one chat message: all of it where that fits, and otherwise its beginning and a link to
 * the whole. What cites documents has the link as well, because a chat message has no room for a list of sources.
 */
export async function toAnswerText(
  { content, sources }: Pick<Message, 'content' | 'sources'>,
  { ending = '', share }: AnswerTextOptions,
): Promise<string> {
  const { text, isShortened } = toPlainText(content);
  const line = disarmPings(toChatLine(text)) || NOTHING_TO_SAY;
  const tail = ending === '' ? '' : ` ${toChatLine(ending)}`;
  const whole = line + tail;
  const isCut = isShortened || whole.length > MOST_CHARACTERS;
  if (!isCut && !citesAny(content, sources)) return whole;

  const url = await share();
  const withSources = `${whole} Sources: ${url}`;
  if (!isCut && withSources.length <= MOST_CHARACTERS) return withSources;
  const room = MOST_CHARACTERS - tail.length - url.length - '… '.length;
  return `${cutText(line, room).replace(/[\s.…]+$/, '')}…${tail} ${url}`.trimEnd();
}

function citesAny(content: string, sources: Message['sources']): boolean {
  return sources.some(({ n }) => content.includes(`[${n}]`));
}
