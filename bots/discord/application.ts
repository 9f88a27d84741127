import { ApplicationFlags, DiscordAPIError, type REST, Routes } from 'discord.js';
import { z } from 'zod';

const applicationSchema = z.object({ flags: z.number().optional() });

/** Given in the developer portal, to small bots at once and to large ones after a review. */
const MAY_READ_ALONG = ApplicationFlags.GatewayMessageContent | ApplicationFlags.GatewayMessageContentLimited;

/**
 * Whether this bot may read what is written to others, as the developer portal says; null where Discord does not tell.
 * @throws DiscordAPIError 401 for a wrong token, and whatever the network throws
 */
export async function readMayReadAlong(rest: REST, token: string): Promise<boolean | null> {
  try {
    // The library forgets a token that was refused once.
    rest.setToken(token);
    const { flags } = applicationSchema.parse(await rest.get(Routes.currentApplication()));
    return flags === undefined ? null : (flags & MAY_READ_ALONG) !== 0;
  } catch (error) {
    if (error instanceof DiscordAPIError && error.status !== 401) return null;
    throw error;
  }
}
