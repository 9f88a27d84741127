import { type ButtonInteraction, MessageFlags } from 'discord.js';
import { acceptContinuation } from './accept-question.ts';
import { interactionDelivery } from './ask-by-interaction.ts';
import type { DiscordContext } from './context.ts';
import { deliver } from './deliver.ts';
import { type Delivery, deliverySchema, ORIGINAL } from './delivery.ts';
import { placeOfInteraction } from './discord-place.ts';
import { removeEarlierMessages } from './remove-messages.ts';
import { whisper } from './whisper.ts';

/** Has an answer that met its length limit go on, in the messages in which it stands. */
export async function goOn(context: DiscordContext, interaction: ButtonInteraction, id: string): Promise<void> {
  const [turnId = '', messageId = ''] = id.split('.');
  const turn = await context.app.turns.find(turnId);
  const isEphemeral = interaction.message.flags.has(MessageFlags.Ephemeral);
  const place = placeOfInteraction(interaction, { isEphemeral });
  const inPlace = isEphemeral ? null : inOrdinaryMessages(turn?.delivery, interaction.message.id);
  const acceptance = await acceptContinuation(context, {
    eventId: interaction.id,
    messageId,
    asker: interaction.user,
    place,
    delivery: inPlace ?? interactionDelivery(context, interaction, { place, isEphemeral, note: '' }),
  });
  if (acceptance.outcome === 'refused') {
    await whisper(interaction, acceptance.sentence ?? 'Please wait a little before you try again.');
  }
  if (acceptance.outcome !== 'accepted') return;
  // Only by the button's own message can the rest be shown: all of the answer begins there.
  if (!inPlace && turn) await removeEarlierMessages(context, turn, interaction.message.id);
  const events = context.app.turns.follow(acceptance.turnId, { signal: context.leaving });
  await deliver(context, { turnId: acceptance.turnId, delivery: acceptance.delivery, events, goesOn: true });
}

/** The messages of an answer that the bot can edit with its own token; null when there are others, or others' now. */
function inOrdinaryMessages(known: unknown, pressedId: string): Delivery | null {
  const { data: old } = deliverySchema.safeParse(known);
  if (!old || old.isPrivate || !old.canPost) return null;
  const ids = old.messageIds.map((id) => (id === ORIGINAL ? old.originalId : id));
  const messageIds = ids.filter((id) => id !== null);
  if (messageIds.length < ids.length || messageIds.at(-1) !== pressedId) return null;
  return { ...old, messageIds, originalId: null, interaction: null };
}
