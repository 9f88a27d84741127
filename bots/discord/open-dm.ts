import { type REST, Routes } from 'discord.js';
import { z } from 'zod';

const channel = z.object({ id: z.string() });

/** The channel of direct messages with somebody; making it says nothing about whether they take any. */
export async function openDm(rest: REST, userId: string): Promise<string> {
  return channel.parse(await rest.post(Routes.userChannels(), { body: { recipient_id: userId } })).id;
}
