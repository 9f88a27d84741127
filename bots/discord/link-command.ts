import {
  ButtonStyle,
  type ChatInputCommandInteraction,
  ComponentType,
  DiscordAPIError,
  escapeMarkdown,
  MessageFlags,
  Routes,
  TimestampStyles,
  time,
} from 'discord.js';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import type { LinkedPerson } from '../../core/links/tell-linked.ts';
import { findUser } from './accept-question.ts';
import type { DiscordContext } from './context.ts';
import { INTERACTION_TOKEN_MS, ORIGINAL, TOKEN_PURPOSE } from './delivery.ts';
import { type MessageBody, toRequestBody } from './message-body.ts';

/** Kept with a link: how to tell the person that it was used, also for another process. */
const linkDeliverySchema = z.object({
  askerId: z.string(),
  applicationId: z.string(),
  sealedToken: z.string(),
  expiresAt: z.number(),
});
type LinkDelivery = z.infer<typeof linkDeliverySchema>;

const created = z.object({ id: z.string() });

/** Shows the asker, and nobody else, a one-time address that links them with who they are on the website. */
export async function runLinkCommand(context: DiscordContext, interaction: ChatInputCommandInteraction): Promise<void> {
  await interaction.deferReply({ flags: MessageFlags.Ephemeral });
  const person = interaction.user;
  const user = await findUser(context, person);
  const { url, expiresAt } = await context.app.links.create({
    userId: user.id,
    identity: {
      platform: 'discord',
      platformUserId: person.id,
      displayName: person.globalName ?? person.username,
      pictureUrl: person.displayAvatarURL({ extension: 'png', size: 128 }),
    },
    delivery: {
      askerId: person.id,
      applicationId: interaction.applicationId,
      sealedToken: context.encryption.encrypt(interaction.token, TOKEN_PURPOSE),
      expiresAt: interaction.createdTimestamp + INTERACTION_TOKEN_MS,
    } satisfies LinkDelivery,
  });
  await interaction.editReply(toInvitation(url, expiresAt));
}

/** A button takes real hosts only; a Parley on one's own machine is reached by its address as text. */
function toInvitation(url: string, expiresAt: Date): MessageBody {
  const isButton = new URL(url).hostname.includes('.');
  const content = `Open this ${time(expiresAt, TimestampStyles.RelativeTime)} at the latest, log in and agree: then your chats here and on the website are the same.${isButton ? '' : `\n<${url}>`}\n-# It works once, and only you see it. Give it to nobody: who opens it could read your chats.`;
  if (!isButton) return { content, components: [] };
  const button = {
    type: ComponentType.Button as const,
    style: ButtonStyle.Link as const,
    label: 'Link my account',
    url,
  };
  return { content, components: [{ type: ComponentType.ActionRow, components: [button] }] };
}

/** Says in the place of the address that it was used; where that is not possible any more, in a direct message. */
export async function tellLinked(context: DiscordContext, { displayName, delivery }: LinkedPerson): Promise<void> {
  const parsed = linkDeliverySchema.parse(delivery);
  const name = escapeMarkdown(displayName.slice(0, 100));
  const content = `Done: you are linked with **${name}**. Your chats here and on the website are the same now: see \`/chat list\`.`;
  const body = toRequestBody({ content, components: [] });
  if (await editInvitation(context, parsed, body)) return;
  const { rest, pace } = context;
  try {
    const { id } = created.parse(await rest.post(Routes.userChannels(), { body: { recipient_id: parsed.askerId } }));
    const path = Routes.channelMessages(id);
    await pace.send('POST', path, () => rest.post(path, { body }));
  } catch (error) {
    // Closed to direct messages: the page has told them.
    if (!(error instanceof DiscordAPIError) || error.status >= 500) throw error;
  }
}

/** False when the interaction is too old, or its message was dismissed. */
async function editInvitation(context: DiscordContext, delivery: LinkDelivery, body: object): Promise<boolean> {
  if (context.clock.now().getTime() >= delivery.expiresAt) return false;
  try {
    const token = context.encryption.decrypt(delivery.sealedToken, TOKEN_PURPOSE);
    const path = Routes.webhookMessage(delivery.applicationId, token, ORIGINAL);
    await context.pace.send('PATCH', path, () => context.rest.patch(path, { body, auth: false }));
    return true;
  } catch (error) {
    if (error instanceof AppError || (error instanceof DiscordAPIError && error.status < 500)) return false;
    throw error;
  }
}
