import { z } from 'zod';

/** Kept with a turn: all that is needed to show its answer, also for another process. */
export const deliverySchema = z.object({
  guildId: z.string().nullable(),
  channelId: z.string(),
  /** Who asked, on Discord. */
  askerId: z.string(),
  /** The message to reply to; null for commands and buttons. */
  replyTo: z.string().nullable(),
  /** Only the asker sees the answer. */
  isPrivate: z.boolean(),
  /** Whether the bot is in the channel and may write there, not just answer its commands. */
  canPost: z.boolean(),
  canOpenThread: z.boolean(),
  /** The thread it was asked in, and the message or interaction that asked; absent elsewhere. */
  thread: z.object({ id: z.string(), before: z.string() }).optional(),
  /** Told below the answer, such as which file was not read. */
  note: z.string(),
  /** The answer's messages so far; `@original` is what an interaction was acknowledged with. */
  messageIds: z.array(z.string()),
  /** What `@original` is, once it has been written. */
  originalId: z.string().nullable(),
  /** By which the messages can be written; null for ordinary messages, which the bot writes with its own token. */
  interaction: z.object({ applicationId: z.string(), sealedToken: z.string(), expiresAt: z.number() }).nullable(),
});

export type Delivery = z.infer<typeof deliverySchema>;

/** How Discord's routes name the first response to an interaction. */
export const ORIGINAL = '@original';

/** How long an interaction can be answered: https://docs.discord.com/developers/interactions/receiving-and-responding */
export const INTERACTION_TOKEN_MS = 15 * 60_000;

/** What interaction tokens are sealed for. */
export const TOKEN_PURPOSE = 'discord-interaction';
