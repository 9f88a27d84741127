import { type ButtonInteraction, ButtonStyle, ComponentType, escapeMarkdown } from 'discord.js';
import type { Session } from '../../core/sessions/session.ts';
import { findUser } from './accept-question.ts';
import type { DiscordContext } from './context.ts';
import { type CustomId, createCustomId } from './custom-id.ts';
import { placeOfInteraction } from './discord-place.ts';
import type { InteractionReply } from './interaction-reply.ts';

/** Asks, in a message that only the asker sees, whether a private chat may go on where others read along. */
export function carryConfirmation(session: Session, upTo: number): InteractionReply {
  const title = escapeMarkdown(session.title);
  return {
    content: `Some of **${title}** was said in private, or in another place with documents of its own. If it goes on here, what was said there can show in my answers, and everybody here reads those.`,
    components: [
      {
        type: ComponentType.ActionRow,
        components: [
          {
            type: ComponentType.Button,
            style: ButtonStyle.Primary,
            custom_id: createCustomId('aside', session.id),
            label: 'Keep it private',
          },
          {
            type: ComponentType.Button,
            style: ButtonStyle.Danger,
            custom_id: createCustomId('carry', `${session.id}.${upTo}`),
            label: 'Continue here anyway',
          },
        ],
      },
    ],
  };
}

/** What was said by whoever pressed a button under `carryConfirmation`; the chat must be theirs. */
export async function confirmCarrying(
  context: DiscordContext,
  interaction: ButtonInteraction,
  { action, id }: CustomId,
): Promise<void> {
  await interaction.deferUpdate();
  const { id: userId } = await findUser(context, interaction.user);
  const [sessionId = '', upTo] = id.split('.');
  const isPrivate = action === 'aside';
  const place = placeOfInteraction(interaction, { isEphemeral: isPrivate }).conversation;
  const carry = isPrivate ? 'ask' : { upTo: Number(upTo) };
  const session = await context.app.conversations.resume({ userId, place, sessionId, carry });
  const how = isPrivate ? 'Ask with `/ask` and `private: True`; only you see the answers.' : 'Ask away.';
  await interaction.editReply({
    content: `Going on with **${escapeMarkdown(session.title)}**. ${how}`,
    components: [],
  });
}
