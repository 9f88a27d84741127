/** The channel of each message that waits to be answered. */
export type Waiting = readonly string[];

/** What an account can say in a minute as a moderator of a channel or not; whoever asks beyond it would wait too long. */
const MOST_OPEN = { member: 40, moderator: 200 };
/** Of all channels together; beyond it each has an equal share. */
const MOST_IN_ALL = { member: 80, moderator: 400 };

interface Newcomer {
  channel: string;
  /** Whether the bot is one there. */
  isModerator: boolean;
  /** Whether the answer goes before all others: then it comes in time although many wait. */
  isAhead: boolean;
}

/** Whether so much waits to be said that one more would come too late for anybody. */
export function isTooMuch(waiting: Waiting, { channel, isModerator, isAhead }: Newcomer): boolean {
  const kind = isModerator ? 'moderator' : 'member';
  const factor = isAhead ? 2 : 1;
  const there = waiting.filter((other) => other === channel).length;
  if (there >= MOST_OPEN[kind] * factor) return true;
  const most = MOST_IN_ALL[kind] * factor;
  return waiting.length >= most && there >= most / new Set([...waiting, channel]).size;
}
