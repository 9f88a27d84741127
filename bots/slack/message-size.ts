import type { SplitOptions } from '../shared/split-markdown.ts';
import { escapeMrkdwn } from './mrkdwn.ts';

/**
 * How much Slack takes depends on the call: 4,000 for the `text` of chat.update, 12,000 for the Markdown of one message
 * or of one call for a stream, about 13,200 for all its blocks together, and 3,000 for one text in a block. It counts
 * what a text takes when `&`, `<` and `>` are escaped, in bytes.
 */
export function slackSize(text: string): number {
  return Buffer.byteLength(escapeMrkdwn(text));
}

/** Of a message's Markdown; what stands below an answer needs the rest. */
export const MESSAGE_SIZE: SplitOptions = { limit: 10_000, measure: slackSize };
/** For a server that refuses what Slack takes, one after the other; in the last a message's sources fit, too. */
export const SMALLER_SIZES: SplitOptions[] = [
  { limit: 2500, measure: slackSize },
  { limit: 1000, measure: slackSize },
];
/** Of `text`, whichever the call: a message that is posted may be edited. */
export const TEXT_SIZE = 3900;

/** As much of a text's beginning as fits, up to the end of a line or a word. */
export function fitText(text: string, limit: number): string {
  if (slackSize(text) <= limit) return text;
  let fitting = text.slice(0, limit);
  for (let size = slackSize(fitting); size > limit; size = slackSize(fitting)) {
    fitting = fitting.slice(0, Math.min(fitting.length - 1, Math.floor((fitting.length * limit) / size)));
  }
  const end = [fitting.lastIndexOf('\n'), fitting.lastIndexOf(' ')].find((at) => at > fitting.length / 2);
  if (end !== undefined) return fitting.slice(0, end + 1);
  return /[\uD800-\uDBFF]$/.test(fitting) ? fitting.slice(0, -1) : fitting;
}

/** For notifications and lists, where the whole of it stands in blocks. */
export function shortenText(text: string): string {
  if (slackSize(text) <= TEXT_SIZE) return text;
  return `${fitText(text, TEXT_SIZE - 4).trimEnd()} …`;
}
