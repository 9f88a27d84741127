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
import { type Delivery, ORIGINAL, TOKEN_PURPOSE } from './delivery.ts';
import { type DiscordPlace, placeOfInteraction } from './discord-place.ts';

export type AskingInteraction =
  | ChatInputCommandInteraction
  | MessageContextMenuCommandInteraction
  | ModalSubmitInteraction;

export interface InteractionQuestion {
  text: string;
  attachments: Attachment[];
  isEphemeral: boolean;
  afterTurnId?: string;
}

/**
 * Discord gives 3 seconds. A question is usually recorded within milliseconds, and then it is known whether the answer
 * is a refusal that only the asker should see; when the database is slow, the deferral does not wait for it.
 */
const ACKNOWLEDGE_AFTER_MS = 1000;

/** Answers a question asked by a command or modal: records it, defers within Discord's time, shows the answer. */
export async function askByInteraction(
  context: DiscordContext,
  interaction: AskingInteraction,
  question: InteractionQuestion,
): Promise<void> {
  const flags = question.isEphemeral ? MessageFlags.Ephemeral : undefined;
  let deferring: Promise<unknown> | null = null;
  const defer = () => {
    deferring ??= interaction.deferReply({ flags }).catch((error) => {
      context.logger.warn({ interactionId: interaction.id, err: error }, 'an interaction could not be acknowledged');
    });
    return deferring;
  };
  const late = setTimeout(defer, ACKNOWLEDGE_AFTER_MS);
  try {
    const acceptance = await accept(context, interaction, question);
    clearTimeout(late);
    if (acceptance.outcome === 'duplicate') return;
    if (acceptance.outcome === 'refused') {
      await refuse(interaction, deferring, acceptance.sentence);
      return;
    }
    await defer();
    const { turnId, delivery } = acceptance;
    const events = context.app.turns.follow(turnId, { signal: context.leaving });
    await deliver(context, { turnId, delivery, events });
  } catch (error) {
    clearTimeout(late);
    context.logger.error({ interactionId: interaction.id, err: error }, 'a question could not be accepted');
    await refuse(interaction, deferring, errorSentence(error, { turnId: interaction.id }));
  }
}

async function accept(
  context: DiscordContext,
  interaction: AskingInteraction,
  question: InteractionQuestion,
): Promise<Acceptance> {
  const read = await readAttachments(question.attachments, context.fetchText);
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
      note: declinedSentence(read.declined),
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
    note,
    messageIds: [ORIGINAL],
    originalId: null,
    interaction: {
      applicationId: interaction.applicationId,
      sealedToken: context.encryption.encrypt(interaction.token, TOKEN_PURPOSE),
      expiresAt: interaction.createdTimestamp + context.interactionTokenMs,
    },
  };
}

/** Somebody's name in that server, or else their own. */
export function nameOf({ member, user }: AskingInteraction | MessageComponentInteraction): string {
  return (member instanceof GuildMember ? member.displayName : member?.nick) ?? user.displayName;
}

async function refuse(
  interaction: AskingInteraction,
  deferring: Promise<unknown> | null,
  sentence: string | null,
): Promise<void> {
  const content = sentence ?? 'Please wait a little before you ask again.';
  if (deferring === null) {
    await interaction.reply({ content, flags: MessageFlags.Ephemeral });
    return;
  }
  await deferring;
  await interaction.editReply({ content });
}
