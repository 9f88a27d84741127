import {
  type ChatInputCommandInteraction,
  GuildMember,
  type MessageComponentInteraction,
  type MessageContextMenuCommandInteraction,
  MessageFlags,
  type ModalSubmitInteraction,
} from 'discord.js';
import { type Attachment, declinedSentence, readAttachments } from '../shared/attachments.ts';
import { errorSentence } from '../shared/error-sentence.ts';
import { type Acceptance, acceptQuestion } from './accept-question.ts';
import type { DiscordContext } from './context.ts';
import { deliver } from './deliver.ts';
import { type Delivery, INTERACTION_TOKEN_MS, ORIGINAL, TOKEN_PURPOSE } from './delivery.ts';
import { arrivalPlace, type DiscordPlace, placeOfInteraction } from './discord-place.ts';

export type AskingInteraction =
  | ChatInputCommandInteraction
  | MessageContextMenuCommandInteraction
  | ModalSubmitInteraction;

export interface InteractionQuestion {
  text: string;
  attachments: Attachment[];
  /** Whether there is nothing to ask about when none of them can be read. */
  needsAttachments?: boolean;
  isEphemeral: boolean;
  afterTurnId?: string;
}

/** Answers a question asked by a command or modal: acknowledges it at once, records it, shows the answer. */
export async function askByInteraction(
  context: DiscordContext,
  interaction: AskingInteraction,
  question: InteractionQuestion,
): Promise<void> {
  const flags = question.isEphemeral ? MessageFlags.Ephemeral : undefined;
  const deferred = interaction
    .deferReply({ flags })
    .catch((error) => {
      // The turn is recorded all the same; its answer finds another way.
      context.logger.warn({ interactionId: interaction.id, err: error }, 'an interaction could not be acknowledged');
    })
    .finally(() => context.acknowledgements.end(interaction.id));
  try {
    const accepted = context.arrivals.run(arrivalPlace(interaction), () => accept(context, interaction, question));
    const [acceptance] = await Promise.all([accepted, deferred]);
    if (acceptance.outcome === 'refused') {
      await refuse(interaction, question, acceptance.sentence ?? 'Please wait a little before you ask again.');
    }
    if (acceptance.outcome !== 'accepted') return;
    const { turnId, delivery } = acceptance;
    await deliver(context, { turnId, delivery, events: context.app.turns.follow(turnId, { signal: context.leaving }) });
  } catch (error) {
    context.logger.error({ interactionId: interaction.id, err: error }, 'a question could not be accepted');
    await deferred;
    await refuse(interaction, question, errorSentence(error, { turnId: interaction.id }));
  }
}

async function accept(
  context: DiscordContext,
  interaction: AskingInteraction,
  question: InteractionQuestion,
): Promise<Acceptance> {
  await context.acknowledgements.areFew();
  const read = await readAttachments(question.attachments, context.fetchText);
  const note = declinedSentence(read.declined);
  if (question.needsAttachments && read.text === '' && read.imageUrls.length === 0) {
    return { outcome: 'refused', sentence: note };
  }
  const place = placeOfInteraction(interaction, question);
  return acceptQuestion(context, {
    eventId: interaction.id,
    asker: interaction.user,
    askerName: nameOf(interaction),
    place,
    text: [question.text, read.text].filter(Boolean).join('\n\n'),
    imageUrls: read.imageUrls,
    afterTurnId: question.afterTurnId,
    delivery: interactionDelivery(context, interaction, {
      place,
      isEphemeral: question.isEphemeral,
      note,
    }),
  });
}

/** How the answer to an interaction is delivered: by its token, into what it was deferred with. */
export function interactionDelivery(
  context: DiscordContext,
  interaction: AskingInteraction | MessageComponentInteraction,
  { place, isEphemeral, note }: { place: DiscordPlace; isEphemeral: boolean; note: string },
): Delivery {
  return {
    guildId: place.guildId,
    channelId: place.channelId,
    askerId: interaction.user.id,
    replyTo: null,
    isPrivate: isEphemeral,
    canPost: place.canPost,
    canOpenThread: place.canOpenThread,
    ...(place.isThread && { thread: { id: place.channelId, before: interaction.id } }),
    note,
    messageIds: [ORIGINAL],
    originalId: null,
    interaction: {
      applicationId: interaction.applicationId,
      sealedToken: context.encryption.encrypt(interaction.token, TOKEN_PURPOSE),
      expiresAt: interaction.createdTimestamp + INTERACTION_TOKEN_MS,
    },
  };
}

/** Somebody's name in that server, or else their own. */
export function nameOf({ member, user }: AskingInteraction | MessageComponentInteraction): string {
  return (member instanceof GuildMember ? member.displayName : member?.nick) ?? user.displayName;
}

/** Tells the asker alone, also where the answer would have been for everybody. */
async function refuse(
  interaction: AskingInteraction,
  { isEphemeral }: InteractionQuestion,
  sentence: string,
): Promise<void> {
  if (isEphemeral) {
    await interaction.editReply({ content: sentence });
    return;
  }
  await interaction.deleteReply();
  await interaction.followUp({ content: sentence, flags: MessageFlags.Ephemeral });
}
