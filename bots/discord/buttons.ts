import {
  type ButtonInteraction,
  ChannelType,
  escapeMarkdown,
  LabelBuilder,
  MessageFlags,
  ModalBuilder,
  type ModalSubmitInteraction,
  Routes,
  TextInputBuilder,
  TextInputStyle,
  ThreadAutoArchiveDuration,
} from 'discord.js';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import type { Turn } from '../../core/turns/turns-repository.ts';
import { whyText } from '../shared/why-text.ts';
import { acceptRetry, findUser } from './accept-question.ts';
import { askByInteraction, interactionDelivery, nameOf } from './ask-by-interaction.ts';
import type { DiscordContext } from './context.ts';
import { type CustomId, createCustomId } from './custom-id.ts';
import { deliver } from './deliver.ts';
import { placeOfInteraction, placeOfThread } from './discord-place.ts';
import { goOn } from './go-on.ts';
import { MESSAGE_LIMIT } from './message-body.ts';
import { removeEarlierMessages } from './remove-messages.ts';
import { sendMessage } from './send-message.ts';
import { whisper } from './whisper.ts';

const TEXT = 'text';
const LONGEST_TEXT = 4000;
const LONGEST_REASON = 1000;
/** https://docs.discord.com/developers/resources/channel#start-thread-from-message */
const LONGEST_THREAD_NAME = 100;
const GONE = 'That answer does not exist any more.';
const NOT_YOURS = 'Only the person who asked can do that.';

/** Does what a button under an answer says. Anybody may rate and follow up; the rest is the asker's. */
export async function pressButton(
  context: DiscordContext,
  interaction: ButtonInteraction,
  { action, id }: CustomId,
): Promise<void> {
  switch (action) {
    case 'follow_up':
      await interaction.showModal(
        textModal({ customId: createCustomId('ask', id), title: 'Follow up', label: 'Your question' }),
      );
      return;
    case 'down':
      // The modal must be the first response; the rating counts also when no reason is given.
      await interaction.showModal(
        textModal({
          customId: createCustomId('why', id),
          title: 'What was wrong?',
          label: 'What would have been better?',
          maxLength: LONGEST_REASON,
          isRequired: false,
        }),
      );
      await rate(context, interaction, { messageId: id, rating: 'down' });
      return;
    case 'up':
      await interaction.deferUpdate();
      await rate(context, interaction, { messageId: id, rating: 'up' });
      await whisper(interaction, 'Thank you. The team sees which answers helped.');
      return;
    case 'explain':
      await interaction.deferReply({ flags: MessageFlags.Ephemeral });
      await explain(context, interaction, id);
      return;
    case 'stop':
      await interaction.deferUpdate();
      await findOwnTurn(context, interaction, id);
      await context.app.turns.stopTurn(id);
      return;
    case 'retry':
      await interaction.deferUpdate();
      context.acknowledgements.end(interaction.id);
      await retry(context, interaction, id);
      return;
    case 'go_on':
      await interaction.deferUpdate();
      context.acknowledgements.end(interaction.id);
      await goOn(context, interaction, id);
      return;
    case 'thread':
      await interaction.deferUpdate();
      await openThread(context, interaction, id);
      return;
    default:
      await interaction.deferUpdate();
  }
}

/** Takes what was written into a modal that a button opened. */
export async function submitModal(
  context: DiscordContext,
  interaction: ModalSubmitInteraction,
  { action, id }: CustomId,
): Promise<void> {
  const text = interaction.fields.getTextInputValue(TEXT).trim();
  if (action === 'ask') {
    const isEphemeral = interaction.message?.flags.has(MessageFlags.Ephemeral) ?? false;
    await askByInteraction(context, interaction, { text, attachments: [], isEphemeral, afterTurnId: id });
    return;
  }
  await interaction.deferReply({ flags: MessageFlags.Ephemeral });
  await rate(context, interaction, { messageId: id, rating: 'down', reason: text || undefined });
  await interaction.editReply({ content: 'Thank you. The team sees what went wrong.' });
}

async function rate(
  context: DiscordContext,
  interaction: ButtonInteraction | ModalSubmitInteraction,
  rating: { messageId: string; rating: 'up' | 'down'; reason?: string | undefined },
): Promise<void> {
  const user = await findUser(context, interaction.user);
  // Discord sends button presses only from people who see the message.
  await context.app.feedback.give({ userId: user.id, wasShown: true, ...rating });
}

/** To whoever wants to know, and to nobody else; what it cost, only to the one who asked. */
async function explain(context: DiscordContext, interaction: ButtonInteraction, messageId: string): Promise<void> {
  const user = await findUser(context, interaction.user);
  const why = await context.app.explainAnswer({ messageId, userId: user.id, wasShown: true });
  await interaction.editReply({ content: whyText(why, escapeMarkdown).slice(0, MESSAGE_LIMIT) });
}

async function findOwnTurn(context: DiscordContext, interaction: ButtonInteraction, turnId: string): Promise<Turn> {
  const [turn, user] = await Promise.all([context.app.turns.find(turnId), findUser(context, interaction.user)]);
  if (!turn) throw new AppError('not_found', GONE);
  if (turn.userId !== user.id) throw new AppError('forbidden', NOT_YOURS);
  return turn;
}

/** Answers once more, in the place of the old answer. */
async function retry(context: DiscordContext, interaction: ButtonInteraction, turnId: string): Promise<void> {
  const turn = await findOwnTurn(context, interaction, turnId);
  const isEphemeral = interaction.message.flags.has(MessageFlags.Ephemeral);
  const place = placeOfInteraction(interaction, { isEphemeral });
  const acceptance = await acceptRetry(context, {
    eventId: interaction.id,
    turnId,
    asker: interaction.user,
    askerName: nameOf(interaction),
    place,
    delivery: interactionDelivery(context, interaction, { place, isEphemeral, note: '' }),
  });
  if (acceptance.outcome === 'refused') {
    await whisper(interaction, acceptance.sentence ?? 'Please wait a little before you try again.');
  }
  if (acceptance.outcome !== 'accepted') return;
  await removeEarlierMessages(context, turn, interaction.message.id);
  const { turnId: newTurnId, delivery } = acceptance;
  const events = context.app.turns.follow(newTurnId, { signal: context.leaving });
  await deliver(context, { turnId: newTurnId, delivery, events });
}

const thread = z.object({ id: z.string() });

async function openThread(context: DiscordContext, interaction: ButtonInteraction, turnId: string): Promise<void> {
  const turn = await findOwnTurn(context, interaction, turnId);
  const { guildId, channelId, message } = interaction;
  if (guildId === null || interaction.channel?.type === ChannelType.DM) throw new AppError('invalid_request', GONE);
  const opened = thread.parse(
    await context.rest.post(Routes.threads(channelId, message.id), {
      body: { name: await threadName(context, turnId), auto_archive_duration: ThreadAutoArchiveDuration.OneDay },
    }),
  );
  const place = placeOfThread({ guildId, threadId: opened.id });
  const { userId, sessionId } = turn;
  await context.app.conversations.resume({ userId, place, sessionId, carry: 'leave' });
  const content =
    'Let us go on here. Mention me, or reply to me, when you ask something; everybody in this thread can.';
  await sendMessage(context, { channelId: opened.id, content });
}

/** The question, as far as a name is long. */
async function threadName({ app, leaving }: DiscordContext, turnId: string): Promise<string> {
  for await (const event of app.turns.follow(turnId, { signal: leaving })) {
    if (event.type !== 'done') continue;
    const name = event.userMessage.content.replaceAll(/\s+/g, ' ').trim();
    if (name === '') break;
    return name.length <= LONGEST_THREAD_NAME
      ? name
      : `${
          name
            .slice(0, LONGEST_THREAD_NAME - 2)
            .toWellFormed()
            .replace(/\s*\S*$/, '') || name.slice(0, LONGEST_THREAD_NAME - 2)
        } …`;
  }
  return 'Conversation';
}

function textModal(options: {
  customId: string;
  title: string;
  label: string;
  maxLength?: number;
  isRequired?: boolean;
}): ModalBuilder {
  const input = new TextInputBuilder()
    .setCustomId(TEXT)
    .setStyle(TextInputStyle.Paragraph)
    .setMaxLength(options.maxLength ?? LONGEST_TEXT)
    .setRequired(options.isRequired ?? true);
  return new ModalBuilder()
    .setCustomId(options.customId)
    .setTitle(options.title)
    .addLabelComponents(new LabelBuilder().setLabel(options.label).setTextInputComponent(input));
}
