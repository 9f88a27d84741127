import { type ChatInputCommandInteraction, MessageFlags } from 'discord.js';
import { walletText } from '../shared/wallet-text.ts';
import { findUser } from './accept-question.ts';
import type { DiscordContext } from './context.ts';

/** Says what somebody can spend; to them alone. */
export async function runWalletCommand(
  context: DiscordContext,
  interaction: ChatInputCommandInteraction,
): Promise<void> {
  await interaction.deferReply({ flags: MessageFlags.Ephemeral });
  const user = await findUser(context, interaction.user);
  await interaction.editReply({ content: walletText(await context.app.summariseWallet(user.id)) });
}
