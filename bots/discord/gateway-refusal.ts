import { DiscordAPIError, DiscordjsError, DiscordjsErrorCodes, GatewayCloseCodes } from 'discord.js';

/** Discord will not have this bot as it is set up. */
export class GatewayRefusedError extends Error {
  override readonly name = 'GatewayRefusedError';
  readonly code: number;

  constructor(code: number) {
    super(toSentence(code));
    this.code = code;
  }
}

const TOO_OLD = 'Discord has ended the version of its gateway that this Parley speaks. Upgrade Parley.';

/** With which Discord says that trying again as before is of no use: what it is, and what an operator can do. */
const SENTENCES: Partial<Record<number, string>> = {
  [GatewayCloseCodes.AuthenticationFailed]:
    'Discord does not accept DISCORD_TOKEN. Copy it again from the Bot page of the developer portal.',
  [GatewayCloseCodes.InvalidShard]:
    'Discord does not accept how the connections were divided (code 4010). If other programs use DISCORD_TOKEN, give each a bot of its own.',
  [GatewayCloseCodes.ShardingRequired]:
    'Discord wants this bot to open more connections than it did (code 4011). Parley asks how many, and tries again.',
  [GatewayCloseCodes.InvalidAPIVersion]: `${TOO_OLD} (code 4012)`,
  [GatewayCloseCodes.InvalidIntents]: `${TOO_OLD} (code 4013)`,
  [GatewayCloseCodes.DisallowedIntents]:
    'Discord refuses what this bot wants to hear, although none of it needs a switch in the developer portal (code 4014). Look there whether the bot was disabled.',
};

function toSentence(code: number): string {
  return SENTENCES[code] ?? `Discord closed the connection for good, with code ${code}.`;
}

/** The refusal in an error, if it is one; anything else may pass by itself. */
export function toRefusal(error: unknown): GatewayRefusedError | null {
  if (error instanceof GatewayRefusedError) return error;
  const isWrongToken =
    (error instanceof DiscordAPIError && error.status === 401) ||
    (error instanceof DiscordjsError && error.code === DiscordjsErrorCodes.TokenInvalid);
  return isWrongToken ? new GatewayRefusedError(GatewayCloseCodes.AuthenticationFailed) : null;
}

/** What is missing while `Message Content Intent` is off, and where to switch it on. */
export function noMessageContent(applicationId: string | undefined): string {
  const page = `https://discord.com/developers/applications${applicationId ? `/${applicationId}/bot` : ''}`;
  return `Message Content Intent is off in the developer portal: commands, mentions and direct messages are answered, other messages cannot be read. To change that, switch it on under "Privileged Gateway Intents" at ${page}; Parley looks again by itself. Presence and Server Members are not needed.`;
}
