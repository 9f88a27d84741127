import type { createFakeDiscord } from './fake-discord.ts';
import type { FakeModelServer } from './fake-model-server.ts';
import type { startFakeSlack } from './fake-slack.ts';
import { APP_TOKEN, BOT_TOKEN } from './fake-slack-workspace.ts';
import type { createFakeTwitch } from './fake-twitch.ts';

interface StandIns {
  database: { url: string };
  model: Pick<FakeModelServer, 'url'>;
  discord: Awaited<ReturnType<typeof createFakeDiscord>>;
  slack: Awaited<ReturnType<typeof startFakeSlack>>;
  twitch?: Awaited<ReturnType<typeof createFakeTwitch>>;
}

/** What the real program is set to by its environment, to have stand-ins for all that is outside of it. */
export function toSettings({ database, model, discord, slack, twitch }: StandIns): Record<string, string> {
  return {
    DATABASE_URL: database.url,
    JWT_SECRET: 'a secret of at least thirty-two characters',
    ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
    OPENAI_BASE_URL: model.url,
    EMBEDDING_BASE_URL: model.url,
    EMBEDDING_MODEL: 'fake',
    OWN_DOCUMENTS: 'off',
    DISCORD_TOKEN: discord.state.token,
    DISCORD_API_URL: discord.apiUrl,
    SLACK_BOT_TOKEN: BOT_TOKEN,
    SLACK_APP_TOKEN: APP_TOKEN,
    SLACK_API_URL: slack.apiUrl,
    ...(twitch && {
      TWITCH_USERNAME: twitch.settings.username,
      TWITCH_ACCESS_TOKEN: twitch.settings.accessToken,
      TWITCH_REFRESH_TOKEN: twitch.settings.refreshToken,
      TWITCH_CLIENT_ID: twitch.settings.clientId,
      TWITCH_CLIENT_SECRET: twitch.settings.clientSecret,
      TWITCH_IRC_URL: twitch.settings.ircUrl,
      TWITCH_API_URL: twitch.settings.apiUrl,
      TWITCH_AUTH_URL: twitch.settings.authUrl,
    }),
  };
}
