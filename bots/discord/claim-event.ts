import { setTimeout as sleep } from 'node:timers/promises';
import type { DiscordContext } from './context.ts';

/** Discord wants an acknowledgement within 3 seconds; a database that is slow does not get all of them. */
const LONGEST_WAIT_MS = 1000;

/**
 * Whether an event is for this process. Each one with this token hears everything: the first of them acknowledges,
 * counts and answers. When that cannot be found out in time it is taken to be; a question is then still recorded once.
 */
export async function claimEvent({ app, logger }: DiscordContext, eventId: string): Promise<boolean> {
  const claimed = app.inbox.record('discord', `event:${eventId}`).catch((error) => {
    logger.warn({ eventId, err: error }, 'an event could not be recorded');
    return true;
  });
  return Promise.race([claimed, sleep(LONGEST_WAIT_MS, true, { ref: false })]);
}
