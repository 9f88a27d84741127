import type { APIActionRowComponent, APIComponentInMessageActionRow } from 'discord.js';

/** What the one who used a command is shown. */
export interface InteractionReply {
  content: string;
  /** None unless given. */
  components?: APIActionRowComponent<APIComponentInMessageActionRow>[];
}
