import { Routes } from 'discord.js';
import type { DiscordContext } from './context.ts';
import { toRequestBody } from './message-body.ts';

/** Says something in a channel that is no answer, such as a hint. */
export async function sendMessage(
  { rest, pace }: DiscordContext,
  { channelId, replyTo, content }: { channelId: string; replyTo?: string; content: string },
): Promise<void> {
  const path = Routes.channelMessages(channelId);
  const message_reference = replyTo ? { message_id: replyTo, fail_if_not_exists: false } : undefined;
  const body = { ...toRequestBody({ content, components: [] }), message_reference };
  await pace.send('POST', path, () => rest.post(path, { body }));
}
