import { isSlackOn } from '../bots/slack/slack-settings.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../core/ports/logger.ts';
import { toSlackSettings } from './create-bots.ts';
import { nameSignInProviders } from './create-sign-in-providers.ts';
import { describeChatModel, hasChatModel } from './model-settings.ts';
import type { DatabaseRoute } from './open-database.ts';

interface PartState {
  part: string;
  state: string;
  /** How to get the other thing; null when there is nothing to say. */
  hint: string | null;
}

/** What is on, what stands in for something bigger, and which variable changes it. */
export function describeParts(config: Config, route: DatabaseRoute): PartState[] {
  return [
    {
      part: 'Answers',
      state: hasChatModel(config) ? `written by ${describeChatModel(config)}` : 'quoted from the documents',
      hint: hasChatModel(config) ? null : 'OPENAI_API_KEY or OPENAI_BASE_URL lets a language model write them',
    },
    {
      part: 'Database',
      state: route.words,
      hint: route.hint,
    },
    {
      part: 'Search',
      state: config.QDRANT_URL ? `Qdrant, collection ${config.QDRANT_COLLECTION}` : 'built-in index',
      hint: config.QDRANT_URL ? null : 'QDRANT_URL uses your Qdrant',
    },
    {
      part: 'Embeddings',
      state: config.EMBEDDING_BASE_URL ? `${config.EMBEDDING_MODEL}` : 'bundled English model',
      hint: config.EMBEDDING_BASE_URL ? null : 'EMBEDDING_BASE_URL and EMBEDDING_MODEL use your own',
    },
    {
      part: 'Discord',
      state: config.DISCORD_TOKEN ? 'on' : 'off',
      hint: config.DISCORD_TOKEN ? null : 'DISCORD_TOKEN turns it on',
    },
    {
      part: 'Slack',
      state: isSlackOn(toSlackSettings(config)) ? 'on' : 'off',
      hint: isSlackOn(toSlackSettings(config)) ? null : 'SLACK_BOT_TOKEN and SLACK_APP_TOKEN turn it on',
    },
    {
      part: 'Twitch',
      state: config.TWITCH_USERNAME ? `on, as ${config.TWITCH_USERNAME}` : 'off',
      hint: config.TWITCH_USERNAME ? null : 'TWITCH_USERNAME and TWITCH_ACCESS_TOKEN turn it on',
    },
    {
      part: 'Logging in',
      state: ['with a password', ...nameSignInProviders(config)].join(', '),
      hint: nameSignInProviders(config).length > 0 ? null : 'GITHUB_CLIENT_ID and others offer more (docs/login.md)',
    },
    {
      part: 'Widget',
      state: `for ${config.WIDGET_ORIGINS.join(', ')}`,
      hint: 'WIDGET_ORIGINS allows other websites',
    },
  ];
}

/** Readable lines on a terminal, one structured line per part elsewhere. */
export function reportStart(
  config: Config,
  { route, logger, isTerminal }: { route: DatabaseRoute; logger: Logger; isTerminal: boolean },
): void {
  const parts = describeParts(config, route);
  const ready = `${config.ASSISTANT_NAME} is ready at ${config.PUBLIC_URL}`;
  if (!isTerminal) {
    for (const { part, state, hint } of parts) logger.info({ part, hint }, `${part}: ${state}`);
    logger.info({ url: config.PUBLIC_URL }, ready);
    return;
  }
  const lines = parts.map(({ part, state, hint }) => `  ${part.padEnd(11)} ${state}${hint ? `  (${hint})` : ''}`);
  process.stdout.write(`\n${lines.join('\n')}\n\n  ${ready}\n  Add documents: npx parley add <folder or address>\n\n`);
}
