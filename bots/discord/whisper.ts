import { type ButtonInteraction, MessageFlags } from 'discord.js';

/** Tells the one who pressed something, and nobody else. */
export async function whisper(interaction: ButtonInteraction, content: string): Promise<void> {
  await interaction.followUp({ content, flags: MessageFlags.Ephemeral });
}
