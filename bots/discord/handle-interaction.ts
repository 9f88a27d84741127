import {
  type AutocompleteInteraction,
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  DiscordAPIError,
  type Interaction,
  type MessageContextMenuCommandInteraction,
  MessageFlags,
  RESTJSONErrorCodes,
} from 'discord.js';
import { AppError } from '../../core/errors.ts';
import { errorSentence } from '../shared/error-sentence.ts';
import { helpText } from '../shared/help-text.ts';
import { answerForget, runAccountCommand, runForgetCommand } from './account-commands.ts';
import { toAttachment } from './answer-message.ts';
import { askByInteraction } from './ask-by-interaction.ts';
import { pressButton, submitModal } from './buttons.ts';
import { confirmCarrying } from './carry-confirmation.ts';
import { completeChat, runChatCommand } from './chat-command.ts';
import { claimEvent } from './claim-event.ts';
import { ASK_ABOUT_THIS, HELP } from './commands.ts';
import type { DiscordContext } from './context.ts';
import { type CustomId, parseCustomId } from './custom-id.ts';
import { arrivalPlace } from './discord-place.ts';
import { runLinkCommand } from './link-command.ts';
import { MESSAGE_LIMIT } from './message-body.ts';
import { readAsked } from './message-question.ts';
import { quoted, VOICE } from './readable-message.ts';
import { runSettingsCommand, saveInstructions } from './settings-command.ts';
import { runWalletCommand } from './wallet-command.ts';

type Answerable = Exclude<Interaction, AutocompleteInteraction>;

const OUTDATED = 'I do not know that any more. It may be from an earlier version of me: please ask again.';
const NOTHING_TO_READ = 'There is no text or image in that message that I could read.';

/** Does what a command, button, modal or list asks for; whatever happens, the one who asked is told. */
export async function handleInteraction(context: DiscordContext, interaction: Interaction): Promise<void> {
  const logger = context.logger.child({ interactionId: interaction.id });
  if (interaction.isAutocomplete()) {
    await completeChat(context, interaction).catch((err) => logger.warn({ err }, 'chats could not be offered'));
    return;
  }
  context.acknowledgements.begin(interaction.id);
  const claimed = claimEvent(context, interaction.id);
  try {
    if (await context.arrivals.run(arrivalPlace(interaction), () => claimed)) await dispatch(context, interaction);
  } catch (error) {
    // Another process that shares the token was faster: it does the rest.
    if (isCode(error, RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged)) return;
    if (!(error instanceof AppError)) logger.error({ err: error }, 'an interaction failed');
    await tell(interaction, errorSentence(error, { turnId: interaction.id })).catch((err) =>
      logger.warn({ err }, 'the asker could not be told what failed'),
    );
  } finally {
    context.acknowledgements.end(interaction.id);
  }
}

async function dispatch(context: DiscordContext, interaction: Answerable): Promise<void> {
  if (interaction.isChatInputCommand()) return runCommand(context, interaction);
  if (interaction.isMessageContextMenuCommand() && interaction.commandName === ASK_ABOUT_THIS) {
    return askAboutMessage(context, interaction);
  }
  if (interaction.isButton() || interaction.isModalSubmit()) {
    const customId = parseCustomId(interaction.customId);
    if (!customId) return tell(interaction, OUTDATED);
    if (interaction.isButton()) return press(context, interaction, customId);
    if (customId.action === 'instructions') return saveInstructions(context, interaction, customId.id);
    return submitModal(context, interaction, customId);
  }
  await tell(interaction, OUTDATED);
}

async function press(context: DiscordContext, interaction: ButtonInteraction, customId: CustomId): Promise<void> {
  switch (customId.action) {
    case 'carry':
    case 'aside':
      return confirmCarrying(context, interaction, customId);
    case 'erase':
    case 'keep':
      return answerForget(context, interaction, customId);
    default:
      return pressButton(context, interaction, customId);
  }
}

async function runCommand(context: DiscordContext, interaction: ChatInputCommandInteraction): Promise<void> {
  const { options } = interaction;
  switch (interaction.commandName) {
    case 'ask': {
      const file = options.getAttachment('file');
      return askByInteraction(context, interaction, {
        text: options.getString('question', true),
        attachments: file ? [toAttachment(file)] : [],
        isEphemeral: options.getBoolean('private') ?? false,
      });
    }
    case 'chat':
      return runChatCommand(context, interaction);
    case 'link':
      return runLinkCommand(context, interaction);
    case 'account':
      return runAccountCommand(context, interaction);
    case 'wallet':
      return runWalletCommand(context, interaction);
    case 'forget':
      return runForgetCommand(context, interaction);
    case 'settings':
      return runSettingsCommand(context, interaction);
    case 'help':
      return tell(interaction, helpText({ assistantName: context.assistantName, commands: HELP }));
    default:
      return tell(interaction, OUTDATED);
  }
}

/** Explains somebody's message to whoever asks about it, and to nobody else. */
async function askAboutMessage(
  context: DiscordContext,
  interaction: MessageContextMenuCommandInteraction,
): Promise<void> {
  const { author } = interaction.targetMessage;
  const { text, files, isVoice } = readAsked(interaction.targetMessage);
  if (text === '' && isVoice) return tell(interaction, VOICE);
  if (text === '' && files.length === 0) return tell(interaction, NOTHING_TO_READ);
  const written = text === '' ? `${author.displayName} sent it.` : `${author.displayName} wrote:\n${quoted(text)}`;
  await askByInteraction(context, interaction, {
    text: `Explain this message, and answer what it asks, if it asks something. ${written}`,
    attachments: isVoice ? [] : files,
    needsAttachments: text === '',
    isEphemeral: true,
  });
}

async function tell(interaction: Answerable, sentence: string): Promise<void> {
  const content = sentence.slice(0, MESSAGE_LIMIT);
  if (interaction.isMessageComponent() && interaction.deferred) {
    await interaction.followUp({ content, flags: MessageFlags.Ephemeral });
  } else if (interaction.deferred) await interaction.editReply({ content });
  else if (interaction.replied) await interaction.followUp({ content, flags: MessageFlags.Ephemeral });
  else await interaction.reply({ content, flags: MessageFlags.Ephemeral });
}

function isCode(error: unknown, code: RESTJSONErrorCodes): boolean {
  return error instanceof DiscordAPIError && error.code === code;
}
