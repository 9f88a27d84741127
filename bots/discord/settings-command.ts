import {
  type ChatInputCommandInteraction,
  LabelBuilder,
  MessageFlags,
  ModalBuilder,
  type ModalSubmitInteraction,
  PermissionFlagsBits,
  TextInputBuilder,
  TextInputStyle,
} from 'discord.js';
import type { PlaceSettings } from '../../core/places/place-settings.ts';
import type { DiscordContext } from './context.ts';
import { createCustomId } from './custom-id.ts';
import { toSpace } from './discord-place.ts';

const LONGEST_INSTRUCTIONS = 2000;
const INSTRUCTIONS = 'instructions';
/** What an instructions modal is for, when it is not for one channel. */
const SERVER = 'server';
const NOT_ADMIN = 'Only people who may manage this server can change this.';

type Admins = ChatInputCommandInteraction | ModalSubmitInteraction;

/** How the assistant behaves in a server or in one of its channels, set by those who manage it. */
export async function runSettingsCommand(
  context: DiscordContext,
  interaction: ChatInputCommandInteraction,
): Promise<void> {
  const space = toSpace(interaction.guildId);
  if (space === null || !isAdmin(interaction)) return refuse(interaction);
  const channel = interaction.options.getChannel('channel')?.id ?? null;
  const key = { platform: 'discord' as const, space, channel };
  if (interaction.options.getSubcommand() === 'instructions') {
    const settings = await context.app.places.settings(key);
    await interaction.showModal(instructionsModal(channel ?? SERVER, settings.instructions));
    return;
  }

  await interaction.deferReply({ flags: MessageFlags.Ephemeral });
  const changes = toChanges(interaction);
  const isChange = Object.keys(changes).length > 0;
  const settings = isChange
    ? await context.app.places.update({ ...key, changes })
    : await context.app.places.settings(key);
  await interaction.editReply({ content: describe(settings, channel) });
}

/** Saves the instructions that were written into the modal. */
export async function saveInstructions(
  context: DiscordContext,
  interaction: ModalSubmitInteraction,
  target: string,
): Promise<void> {
  const space = toSpace(interaction.guildId);
  if (space === null || !isAdmin(interaction)) return refuse(interaction);
  await interaction.deferReply({ flags: MessageFlags.Ephemeral });
  const channel = target === SERVER ? null : target;
  const instructions = interaction.fields.getTextInputValue(INSTRUCTIONS).trim();
  const changes = { instructions };
  const settings = await context.app.places.update({ platform: 'discord', space, channel, changes });
  await interaction.editReply({ content: describe(settings, channel) });
}

/** Discord hides the command from others; who sends it anyway is told so. */
function isAdmin({ memberPermissions }: Admins): boolean {
  return memberPermissions?.has(PermissionFlagsBits.ManageGuild) ?? false;
}

async function refuse(interaction: Admins): Promise<void> {
  await interaction.reply({ content: NOT_ADMIN, flags: MessageFlags.Ephemeral });
}

function toChanges({ options }: ChatInputCommandInteraction): Partial<PlaceSettings> {
  const changes: Partial<PlaceSettings> = {};
  const isEnabled = options.getBoolean('enabled');
  const mentionNeeded = options.getBoolean('mention_needed');
  const model = options.getString('model')?.trim();
  if (isEnabled !== null) changes.isEnabled = isEnabled;
  if (mentionNeeded !== null) changes.mentionNeeded = mentionNeeded;
  if (model) changes.model = model.toLowerCase() === 'default' ? null : model;
  return changes;
}

function describe(settings: PlaceSettings, channel: string | null): string {
  const { isEnabled, mentionNeeded, model, instructions } = settings;
  return [
    channel === null ? '**In this server**' : `**In <#${channel}>**`,
    `- ${isEnabled ? 'I answer here.' : 'I am switched off here.'}`,
    `- ${mentionNeeded ? 'I answer when I am mentioned or replied to.' : 'I answer every message, as far as Discord lets me read along (Message Content intent).'}`,
    `- Model: ${model ? `\`${model.replaceAll('`', "'")}\`` : 'the usual one'}`,
    `- Instructions: ${instructions ? `\n>>> ${instructions.slice(0, LONGEST_INSTRUCTIONS - 400)}` : 'none'}`,
  ].join('\n');
}

function instructionsModal(target: string, instructions: string): ModalBuilder {
  const input = new TextInputBuilder()
    .setCustomId(INSTRUCTIONS)
    .setStyle(TextInputStyle.Paragraph)
    .setMaxLength(LONGEST_INSTRUCTIONS)
    .setRequired(false);
  if (instructions) input.setValue(instructions.slice(0, LONGEST_INSTRUCTIONS));
  const label = new LabelBuilder()
    .setLabel('Instructions')
    .setDescription('Added to those of whoever runs this bot')
    .setTextInputComponent(input);
  return new ModalBuilder()
    .setCustomId(createCustomId('instructions', target))
    .setTitle(target === SERVER ? 'Instructions for this server' : 'Instructions for this channel')
    .addLabelComponents(label);
}
