import { type APIActionRowComponent, type APIComponentInMessageActionRow, MessageFlags } from 'discord.js';

/** What one message shows. */
export interface MessageBody {
  content: string;
  components: APIActionRowComponent<APIComponentInMessageActionRow>[];
}

/** Characters in one message of a bot: https://docs.discord.com/developers/resources/message#create-message */
export const MESSAGE_LIMIT = 2000;

/** Nobody is ever pinged, whatever the model writes. */
export const NO_MENTIONS = { parse: [], replied_user: false };

/** The body of a request that posts or edits a message; links do not unfold into previews. */
export function toRequestBody({ content, components }: MessageBody, { isPrivate = false } = {}) {
  const flags = MessageFlags.SuppressEmbeds | (isPrivate ? MessageFlags.Ephemeral : 0);
  return { content, components, flags, allowed_mentions: NO_MENTIONS };
}
