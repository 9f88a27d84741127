import {
  type ButtonInteraction,
  ButtonStyle,
  type ChatInputCommandInteraction,
  ComponentType,
  type User as DiscordUser,
  escapeMarkdown,
  MessageFlags,
} from 'discord.js';
import { AppError } from '../../core/errors.ts';
import type { AccountSummary } from '../../core/users/account-summary.ts';
import { accountText, FORGOTTEN, forgetText, UNKNOWN_PERSON } from '../shared/account-text.ts';
import type { DiscordContext } from './context.ts';
import { type CustomId, createCustomId } from './custom-id.ts';
import type { InteractionReply } from './interaction-reply.ts';
import { MESSAGE_LIMIT } from './message-body.ts';

/** Says who somebody is here; to them alone. */
export async function runAccountCommand(
  context: DiscordContext,
  interaction: ChatInputCommandInteraction,
): Promise<void> {
  await reply(context, interaction, ({ summary }) => ({ content: accountText(summary, escapeMarkdown) }));
}

/** Says what would be gone, and asks; to them alone. */
export async function runForgetCommand(
  context: DiscordContext,
  interaction: ChatInputCommandInteraction,
): Promise<void> {
  await reply(context, interaction, ({ summary, userId }) => ({
    content: forgetText(summary, escapeMarkdown),
    components: [
      {
        type: ComponentType.ActionRow,
        components: [
          {
            type: ComponentType.Button,
            style: ButtonStyle.Danger,
            custom_id: createCustomId('erase', userId),
            label: 'Erase everything',
          },
          {
            type: ComponentType.Button,
            style: ButtonStyle.Secondary,
            custom_id: createCustomId('keep', userId),
            label: 'Cancel',
          },
        ],
      },
    ],
  }));
}

/** What the one who used `/forget` pressed; they must still be who the button was made for. */
export async function answerForget(
  context: DiscordContext,
  interaction: ButtonInteraction,
  { action, id }: CustomId,
): Promise<void> {
  await interaction.deferUpdate();
  if (action === 'keep') {
    await interaction.editReply({ content: 'Nothing was erased.', components: [] });
    return;
  }
  const user = await findKnown(context, interaction.user);
  const isDone = user === null && (await context.app.users.find(id)) === null;
  if (user?.id !== id && !isDone) {
    throw new AppError('forbidden', 'This button was made for somebody else. Use /forget yourself.');
  }
  await context.app.eraseUser(id);
  await interaction.editReply({ content: FORGOTTEN, components: [] });
}

/** Whoever was never seen is not made a person by asking what is known of them. */
function findKnown({ app }: DiscordContext, { id }: DiscordUser) {
  return app.users.findByIdentity({ platform: 'discord', platformUserId: id });
}

async function reply(
  context: DiscordContext,
  interaction: ChatInputCommandInteraction,
  toReply: (known: { userId: string; summary: AccountSummary }) => InteractionReply,
): Promise<void> {
  await interaction.deferReply({ flags: MessageFlags.Ephemeral });
  const user = await findKnown(context, interaction.user);
  const { content, components = [] } = user
    ? toReply({ userId: user.id, summary: await context.app.summariseAccount(user.id) })
    : { content: UNKNOWN_PERSON };
  await interaction.editReply({ content: content.slice(0, MESSAGE_LIMIT), components });
}
