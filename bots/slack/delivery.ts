import { z } from 'zod';
import type { SlackQuestion } from './slack-question.ts';

const deliverySchema = z.object({
  /** The request whose outcome the turn's answer is. */
  requestId: z.string(),
  /** Where it was asked in a thread that others had begun; absent elsewhere. */
  thread: z.object({ teamId: z.string(), channel: z.string(), threadTs: z.string(), ts: z.string() }).optional(),
});

/** What is kept with a turn, for whoever shows its answer and reads what was said before it. */
export type SlackDelivery = z.infer<typeof deliverySchema>;

export function toDelivery(question: SlackQuestion): SlackDelivery {
  const { id, teamId, channel, threadTs, ts, isDirect, responseUrl } = question;
  const isInThread = threadTs !== null && ts !== null && threadTs !== ts && !isDirect && responseUrl === null;
  return { requestId: id, ...(isInThread && { thread: { teamId, channel, threadTs, ts } }) };
}

export function parseDelivery(delivery: unknown): SlackDelivery | null {
  return deliverySchema.safeParse(delivery).data ?? null;
}

/** A message of Slack as the core knows it; null for what leaves none, such as a command. */
export function messageIdOf({ teamId, channel, ts }: Pick<SlackQuestion, 'teamId' | 'channel' | 'ts'>): string | null {
  return ts === null ? null : `${teamId}:${channel}:${ts}`;
}
