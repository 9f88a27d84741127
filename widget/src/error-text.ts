import type { ChatError } from './chat-error.ts';
import { fill, type Texts } from './texts.ts';

/** Why a question could not be sent, in words; `secondsLeft` counts down while the visitor has to wait. */
export function toNoticeText(error: ChatError, texts: Texts, secondsLeft: number): string {
  if (error.status === 429) return secondsLeft > 0 ? fill(texts.rateLimited, secondsLeft) : '';
  if (error.code === 'offline') return texts.offline;
  if (error.status === 401) return texts.unauthorized;
  if (error.status === 403) return texts.forbidden;
  return error.status >= 500 ? texts.unavailable : error.message || texts.unavailable;
}

/** Why an answer is missing or ends early, in words. The server's own sentences are the most exact ones. */
export function toFailureText(error: ChatError | undefined, texts: Texts): string {
  if (error?.code === 'unreachable' || error?.code === 'dropped') return texts.unanswered;
  return error?.message || texts.failed;
}
