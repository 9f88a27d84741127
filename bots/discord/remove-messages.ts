import { Routes } from 'discord.js';
import type { Turn } from '../../core/turns/turns-repository.ts';
import type { DiscordContext } from './context.ts';
import { type Delivery, deliverySchema, ORIGINAL, TOKEN_PURPOSE } from './delivery.ts';

/** The buttons are under the last message of an answer; the new answer begins there, so those before it go. */
export async function removeEarlierMessages(context: DiscordContext, turn: Turn, keptId: string): Promise<void> {
  const { success, data } = deliverySchema.safeParse(turn.delivery);
  if (!success) return;
  for (const messageId of data.messageIds) {
    const id = messageId === ORIGINAL ? data.originalId : messageId;
    if (id === null || id === keptId) continue;
    await removeMessage(context, data, id).catch((err) =>
      context.logger.warn({ turnId: turn.id, err }, 'a part of an old answer could not be removed'),
    );
  }
}

/** What only the asker sees, and what was said where the bot is not, can be removed only while its token lives. */
async function removeMessage({ rest, encryption, clock }: DiscordContext, old: Delivery, id: string): Promise<void> {
  const { channelId, isPrivate, canPost, interaction } = old;
  if (interaction && clock.now().getTime() < interaction.expiresAt) {
    const token = encryption.decrypt(interaction.sealedToken, TOKEN_PURPOSE);
    await rest.delete(Routes.webhookMessage(interaction.applicationId, token, id), { auth: false });
  } else if (canPost && !isPrivate) await rest.delete(Routes.channelMessage(channelId, id));
}
