import { z } from 'zod';
import {
  databaseUrl,
  encryptionKeys,
  httpUrl,
  httpUrls,
  integer,
  list,
  onOff,
  origins,
  publicUrl,
  rechargeAmounts,
} from './setting-values.ts';

/** What can be wrong with the settings, all of it at once, by variable name and without values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: string[];

  constructor(problems: string[]) {
    super(`Wrong settings:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Every setting, in the order of the README's table; the text is what `.env.example` says about it. */
export const settings = z.object({
  PORT: integer(0, 65_535).default(3000).describe('Port of the web server; 0 picks a free one.'),
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on; 0.0.0.0 for every network.'),
  PUBLIC_URL: publicUrl.optional().describe('Where people reach this Parley. Default: http://localhost and the port.'),
  TRUST_PROXY: integer(0, 10)
    .default(0)
    .describe('Reverse proxies in front of Parley, so that addresses are counted right.'),
  DATA_DIR: z.string().min(1).default('./data').describe('Folder for the embedded database and generated secrets.'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      error: 'must be trace, debug, info, warn, error, fatal or silent',
    })
    .default('info')
    .describe('How much is logged: trace, debug, info, warn, error, fatal or silent.'),
  SHUTDOWN_SECONDS: integer(0, 600).default(20).describe('How long running answers may go on after SIGTERM.'),

  ASSISTANT_NAME: z.string().min(1).max(80).default('Parley').describe('What the assistant is called.'),
  ASSISTANT_INSTRUCTIONS: z.string().max(8000).default('').describe('How it should behave, in your own words.'),

  DATABASE_URL: databaseUrl
    .optional()
    .describe('Connection to your PostgreSQL (15 or newer). Default: an embedded one in DATA_DIR.'),
  DATABASE_DIRECT_URL: databaseUrl
    .optional()
    .describe('The same database without the pooler, where DATABASE_URL leads to one: for signals and migrations.'),
  DATABASE_POOL_SIZE: integer(2, 200)
    .default(20)
    .describe('Most connections one process has to the database, the one for signals included.'),
  DATABASE_WAIT_SECONDS: integer(0, 3600)
    .default(30)
    .describe('How long a start waits for a database that does not answer.'),

  QDRANT_URL: httpUrls
    .optional()
    .describe('Your Qdrant; several nodes of a cluster separated by commas. Default: the built-in index.'),
  QDRANT_API_KEY: z.string().min(1).optional().describe('Its key, if it wants one.'),
  QDRANT_COLLECTION: z
    .string()
    .regex(/^[\w-]{1,100}$/, 'may have letters, digits, _ and - only')
    .default('parley')
    .describe('Name of the collection alias in Qdrant; another one for each Parley that shares a Qdrant.'),
  QDRANT_SHARDS: integer(1, 1000)
    .default(1)
    .describe('Shards of the collection. More than one rank a little worse: each counts by itself.'),
  QDRANT_REPLICAS: integer(1, 100)
    .optional()
    .describe('Copies of each shard on the nodes of a cluster. Default: as the collection has it, else 1.'),
  QDRANT_ON_DISK: onOff
    .optional()
    .describe('Whether vectors and payload stay on disk: on saves memory. Default: as the collection has it.'),
  QDRANT_QUANTIZATION: z
    .enum(['none', 'scalar', 'binary'], { error: 'must be none, scalar or binary' })
    .optional()
    .describe('Smaller copies of the vectors in memory: none, scalar or binary. Default: as the collection has it.'),

  OPENAI_BASE_URL: httpUrl.optional().describe('Any OpenAI-compatible server, such as http://127.0.0.1:11434/v1.'),
  OPENAI_API_KEY: z
    .string()
    .min(1)
    .optional()
    .describe('Key for the model. Without key and address, answers are quoted.'),
  CHAT_MODEL: z
    .string()
    .min(1)
    .default('auto')
    .describe('Model that writes the answers; auto takes the cheapest of MODELS_FILE that is good enough.'),
  MODELS_FILE: z.string().min(1).default('./models.csv').describe('Table of models with their prices.'),
  CHAT_CONTEXT_TOKENS: integer(1024, 10_000_000)
    .default(128_000)
    .describe('Context window of a CHAT_MODEL that is not in MODELS_FILE, in tokens.'),
  CHAT_MAX_OUTPUT_TOKENS: integer(16, 1_000_000).default(4096).describe('Longest answer, in tokens.'),
  CHAT_MAX_TOKENS_PARAMETER: z
    .enum(['max_tokens', 'max_completion_tokens'], { error: 'must be max_tokens or max_completion_tokens' })
    .optional()
    .describe(
      'What that limit is called in requests. Default: max_completion_tokens at api.openai.com, else max_tokens.',
    ),
  CHAT_IDLE_SECONDS: integer(1, 3600)
    .default(30)
    .describe('Longest silence of the model before its answer is given up.'),
  CHAT_TIMEOUT_SECONDS: integer(1, 3600).default(180).describe('Longest time one answer may take.'),

  EMBEDDING_BASE_URL: httpUrl
    .optional()
    .describe('Any OpenAI-compatible embeddings server. Default: the bundled model.'),
  EMBEDDING_API_KEY: z.string().min(1).optional().describe('Key for it.'),
  EMBEDDING_MODEL: z
    .string()
    .min(1)
    .optional()
    .describe('Name of the embedding model; needed with EMBEDDING_BASE_URL.'),

  JWT_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters')
    .optional()
    .describe('Signs access tokens. Generated into DATA_DIR unless DATABASE_URL is set.'),
  ENCRYPTION_KEYS: encryptionKeys
    .optional()
    .describe('32-byte keys in base64; the first encrypts, all decrypt. Generated like JWT_SECRET.'),

  ALLOW_PRIVATE_HOSTS: list
    .default([])
    .describe('Hosts on private networks that document sources and own keys may reach: 127.0.0.1:9000, *.corp'),
  SYNC_MINUTES: integer(0, 10_080)
    .default(20)
    .describe('Minutes between looking for changed documents; 0 never looks.'),
  OWN_DOCUMENTS: onOff.default('on').describe("Whether Parley's own README and docs are a public source."),

  CONVERSATION_MINUTES: integer(1, 10_080)
    .default(30)
    .describe('Minutes for which a chat in a channel goes on after its last message.'),

  DISCORD_TOKEN: z.string().min(1).optional().describe('Token of your Discord bot.'),
  DISCORD_API_URL: httpUrl.default('https://discord.com/api').describe("Where Discord's API is."),

  SLACK_BOT_TOKEN: z.string().min(1).optional().describe('Bot token of your Slack app (xoxb-…); one workspace.'),
  SLACK_APP_TOKEN: z
    .string()
    .min(1)
    .optional()
    .describe('App-level token (xapp-…) for Socket Mode: no public address needed.'),
  SLACK_SIGNING_SECRET: z
    .string()
    .min(1)
    .optional()
    .describe('Signing secret, to receive events at PUBLIC_URL/slack/events instead.'),
  SLACK_CLIENT_ID: z
    .string()
    .min(1)
    .optional()
    .describe('With the client secret: many workspaces install from PUBLIC_URL/slack/install.'),
  SLACK_CLIENT_SECRET: z.string().min(1).optional().describe('Client secret of your Slack app.'),
  SLACK_API_URL: httpUrl.default('https://slack.com/api').describe("Where Slack's Web API is."),

  TWITCH_USERNAME: z
    .string()
    .regex(/^\w{2,25}$/, 'must be the login name of the Twitch account that the bot uses')
    .transform((name) => name.toLowerCase())
    .optional()
    .describe('Login name of the Twitch account that the bot uses.'),
  TWITCH_ACCESS_TOKEN: z
    .string()
    .transform((token) => token.replace(/^oauth:/i, ''))
    .optional()
    .describe('User access token of that account, with the scopes in docs/twitch.md.'),
  TWITCH_REFRESH_TOKEN: z
    .string()
    .min(1)
    .optional()
    .describe('Its refresh token: the access token is renewed when it runs out.'),
  TWITCH_CHANNELS: list
    .transform((channels) => channels.map((channel) => channel.replace(/^#/, '').toLowerCase()))
    .refine((channels) => channels.every((channel) => /^\w{1,25}$/.test(channel)), 'must be login names of channels')
    .default([])
    .describe('Channels to talk in, separated by commas; more can join from the chat.'),
  TWITCH_CLIENT_ID: z.string().min(1).optional().describe('Client ID of your Twitch application.'),
  TWITCH_CLIENT_SECRET: z
    .string()
    .min(1)
    .optional()
    .describe('Its client secret. With both, answers carry the chat bot badge.'),
  TWITCH_IRC_URL: z
    .url({ protocol: /^wss?$/, error: 'must be an address that starts with wss:// or ws://' })
    .refine((url) => !/^wss:/.test(url) || /^(?:443)?$/.test(new URL(url).port), 'must have port 443 with wss://')
    .default('wss://irc-ws.chat.twitch.tv:443')
    .describe("Where Twitch's chat server is."),
  TWITCH_API_URL: httpUrl.default('https://api.twitch.tv/helix').describe("Where Twitch's API is."),
  TWITCH_AUTH_URL: httpUrl.default('https://id.twitch.tv/oauth2').describe("Where Twitch's tokens come from."),

  GITHUB_CLIENT_ID: z
    .string()
    .min(1)
    .optional()
    .describe('With the client secret: people can log in with GitHub (callback PUBLIC_URL/auth/github).'),
  GITHUB_CLIENT_SECRET: z.string().min(1).optional().describe('Its client secret.'),
  GITHUB_AUTHORIZE_URL: httpUrl
    .optional()
    .describe('Where GitHub asks people whether they want to log in here. Default: GitHub itself.'),
  GITHUB_TOKEN_URL: httpUrl.optional().describe('Where GitHub gives tokens. Default: GitHub itself.'),
  GITHUB_USERINFO_URL: httpUrl.optional().describe('Where GitHub says who somebody is. Default: GitHub itself.'),
  GOOGLE_CLIENT_ID: z
    .string()
    .min(1)
    .optional()
    .describe('With the client secret: people can log in with Google (callback PUBLIC_URL/auth/google).'),
  GOOGLE_CLIENT_SECRET: z.string().min(1).optional().describe('Its client secret.'),
  GOOGLE_AUTHORIZE_URL: httpUrl
    .optional()
    .describe('Where Google asks people whether they want to log in here. Default: Google itself.'),
  GOOGLE_TOKEN_URL: httpUrl.optional().describe('Where Google gives tokens. Default: Google itself.'),
  GOOGLE_USERINFO_URL: httpUrl.optional().describe('Where Google says who somebody is. Default: Google itself.'),
  SPOTIFY_CLIENT_ID: z
    .string()
    .min(1)
    .optional()
    .describe('With the client secret: people can log in with Spotify (callback PUBLIC_URL/auth/spotify).'),
  SPOTIFY_CLIENT_SECRET: z.string().min(1).optional().describe('Its client secret.'),
  SPOTIFY_AUTHORIZE_URL: httpUrl
    .optional()
    .describe('Where Spotify asks people whether they want to log in here. Default: Spotify itself.'),
  SPOTIFY_TOKEN_URL: httpUrl.optional().describe('Where Spotify gives tokens. Default: Spotify itself.'),
  SPOTIFY_USERINFO_URL: httpUrl.optional().describe('Where Spotify says who somebody is. Default: Spotify itself.'),
  TWITCH_AUTHORIZE_URL: httpUrl
    .optional()
    .describe('Where Twitch asks people whether they want to log in here. Default: Twitch itself.'),
  TWITCH_TOKEN_URL: httpUrl.optional().describe('Where Twitch gives tokens. Default: Twitch itself.'),
  TWITCH_USERINFO_URL: httpUrl.optional().describe('Where Twitch says who somebody is. Default: Twitch itself.'),
  DISCORD_CLIENT_ID: z
    .string()
    .min(1)
    .optional()
    .describe('With the client secret: people can log in with Discord (callback PUBLIC_URL/auth/discord).'),
  DISCORD_CLIENT_SECRET: z.string().min(1).optional().describe('Its client secret.'),
  DISCORD_AUTHORIZE_URL: httpUrl
    .optional()
    .describe('Where Discord asks people whether they want to log in here. Default: Discord itself.'),
  DISCORD_TOKEN_URL: httpUrl.optional().describe('Where Discord gives tokens. Default: Discord itself.'),
  DISCORD_USERINFO_URL: httpUrl.optional().describe('Where Discord says who somebody is. Default: Discord itself.'),
  SLACK_AUTHORIZE_URL: httpUrl
    .optional()
    .describe('Where Slack asks people whether they want to log in here. Default: Slack itself.'),
  SLACK_TOKEN_URL: httpUrl.optional().describe('Where Slack gives tokens. Default: Slack itself.'),
  SLACK_USERINFO_URL: httpUrl.optional().describe('Where Slack says who somebody is. Default: Slack itself.'),
  OIDC_ISSUER: httpUrl.optional().describe('Any OpenID Connect server that people can log in with.'),
  OIDC_CLIENT_ID: z.string().min(1).optional().describe('Client ID there (callback PUBLIC_URL/auth/oidc).'),
  OIDC_CLIENT_SECRET: z.string().min(1).optional().describe('Its client secret.'),
  OIDC_NAME: z
    .string()
    .min(1)
    .max(80)
    .default('single sign-on')
    .describe('What that server is called on the login page.'),

  BILLING: z
    .enum(['off', 'wallet'], { error: 'must be off or wallet' })
    .default('off')
    .describe('off: what answers cost is only recorded; wallet: whoever asks pays for it.'),
  FREE_DAILY_CENTS: integer(0, 1_000_000)
    .default(0)
    .describe('What everybody may spend a day without paying, in US cents; with BILLING=wallet.'),
  DEFAULT_WALLET_BALANCE_CENTS: integer(0, 1_000_000)
    .default(0)
    .describe('What everybody has in their wallet to begin with, in US cents.'),
  API_KEY_PRICE_CENTS: integer(0, 1_000_000)
    .default(100)
    .describe('What making a Parley API key costs, in US cents; with BILLING=wallet.'),
  STRIPE_SECRET_KEY: z
    .string()
    .min(1)
    .optional()
    .describe('Secret key of your Stripe account: people can recharge their wallets.'),
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .min(1)
    .optional()
    .describe('Signing secret of the webhook endpoint PUBLIC_URL/webhooks/stripe.'),
  STRIPE_API_URL: httpUrl.default('https://api.stripe.com').describe("Where Stripe's API is."),
  RECHARGE_CENTS: rechargeAmounts
    .default([500, 1000, 2000, 5000])
    .describe('Amounts people can recharge, in US cents, separated by commas.'),

  WIDGET_ORIGINS: origins
    .optional()
    .describe('Websites that may embed the widget, such as https://example.com. Default: the origin of PUBLIC_URL.'),
  WIDGET_IDENTITY_SECRET: z
    .string()
    // Whoever is given a token can try out secrets at home; others that sign users this way give 24 random characters.
    .min(16, 'must have at least 16 characters')
    .optional()
    .describe('Shared with those websites, which sign with it who their users are (docs/widget.md).'),
  RATE_LIMIT_VISITOR: integer(1, 1_000_000).default(20).describe('Questions one person may ask per minute.'),
  RATE_LIMIT_PLACE: integer(1, 1_000_000)
    .default(300)
    .describe('Questions that may be asked per minute in one channel of a chat platform.'),
  RATE_LIMIT_KEY: integer(1, 1_000_000)
    .default(3000)
    .describe('Requests one API key may make per minute at /v1, in each process.'),
  // A whole office may sit behind one address.
  RATE_LIMIT_ADDRESS: integer(1, 1_000_000).default(600).describe('Requests one network address may make per minute.'),
});

type Settings = z.infer<typeof settings>;

export type Config = Omit<Settings, 'PUBLIC_URL' | 'WIDGET_ORIGINS'> & {
  PUBLIC_URL: string;
  WIDGET_ORIGINS: string[];
  /** Addresses and keys of further model servers, by the names under which MODELS_FILE refers to them. */
  modelServerSettings: Record<string, string>;
  /** Whether the operator has said which models to use: CHAT_MODEL or MODELS_FILE was set, be it to its default. */
  isModelChosen: boolean;
};

/**
 * Reads the settings from environment variables; an empty variable counts as absent.
 * @throws ConfigError that names every wrong variable
 */
export function parseConfig(env: Record<string, string | undefined>): Config {
  const present = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const result = settings.safeParse(present);
  const problems = result.success ? findContradictions(result.data) : findProblems(present, result.error);
  if (!result.success || problems.length > 0) throw new ConfigError([...new Set(problems)]);

  const config = result.data;
  const address = config.PUBLIC_URL ?? `http://localhost:${config.PORT}`;
  return {
    ...config,
    PUBLIC_URL: address,
    WIDGET_ORIGINS: config.WIDGET_ORIGINS ?? [new URL(address).origin],
    modelServerSettings: findModelServerSettings(present),
    isModelChosen: present.CHAT_MODEL !== undefined || present.MODELS_FILE !== undefined,
  };
}

/** Which of them are used is for the table of models to say. What is no address is as good as absent. */
function findModelServerSettings(present: Record<string, string | undefined>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value = ''] of Object.entries(present)) {
    if (/^[A-Z][A-Z0-9_]*_API_KEY$/.test(name)) found[name] = value.trim();
    if (!/^[A-Z][A-Z0-9_]*_BASE_URL$/.test(name)) continue;
    const address = httpUrl.safeParse(value.trim());
    if (address.success) found[name] = address.data;
  }
  return found;
}

/** What is wrong by itself, and what of the others does not go together. */
function findProblems(present: Record<string, string | undefined>, { issues }: z.ZodError): string[] {
  const wrong = new Set(issues.map(({ path }) => String(path[0])));
  const others = settings.safeParse(Object.fromEntries(Object.entries(present).filter(([name]) => !wrong.has(name))));
  const contradictions = others.success ? findContradictions(others.data) : [];
  const isAbout = (problem: string, name: string) => new RegExp(`\\b${name}\\b`).test(problem);
  return [
    ...issues.map(({ path, message }) => `${path.join('.')} ${message}`),
    ...contradictions.filter((problem) => ![...wrong].some((name) => isAbout(problem, name))),
  ];
}

function findContradictions(config: Settings): string[] {
  const problems: string[] = [];
  if (config.DATABASE_URL && !config.JWT_SECRET) {
    problems.push('JWT_SECRET is needed with DATABASE_URL (make one with: openssl rand -base64 48)');
  }
  if (config.DATABASE_DIRECT_URL && !config.DATABASE_URL) {
    problems.push('DATABASE_URL is needed with DATABASE_DIRECT_URL');
  }
  if (config.DATABASE_URL && !config.ENCRYPTION_KEYS) {
    problems.push('ENCRYPTION_KEYS is needed with DATABASE_URL (make one with: openssl rand -base64 32)');
  }
  if (config.WIDGET_IDENTITY_SECRET && config.WIDGET_IDENTITY_SECRET === config.JWT_SECRET) {
    problems.push('WIDGET_IDENTITY_SECRET must be another secret than JWT_SECRET, because websites know it');
  }
  if (config.EMBEDDING_BASE_URL && !config.EMBEDDING_MODEL) {
    problems.push('EMBEDDING_MODEL is needed with EMBEDDING_BASE_URL');
  }
  if ((config.SLACK_CLIENT_ID === undefined) !== (config.SLACK_CLIENT_SECRET === undefined)) {
    problems.push('SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are needed together');
  }
  if (config.SLACK_BOT_TOKEN && !config.SLACK_APP_TOKEN && !config.SLACK_SIGNING_SECRET) {
    problems.push('SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) is needed with SLACK_BOT_TOKEN');
  }
  if ((config.TWITCH_USERNAME === undefined) !== (config.TWITCH_ACCESS_TOKEN === undefined)) {
    problems.push('TWITCH_USERNAME and TWITCH_ACCESS_TOKEN are needed together');
  }
  if (config.TWITCH_CLIENT_SECRET && !config.TWITCH_CLIENT_ID) {
    problems.push('TWITCH_CLIENT_ID is needed with TWITCH_CLIENT_SECRET');
  }
  for (const name of ['GITHUB', 'GOOGLE', 'SPOTIFY', 'DISCORD', 'OIDC'] as const) {
    if ((config[`${name}_CLIENT_ID`] === undefined) !== (config[`${name}_CLIENT_SECRET`] === undefined)) {
      problems.push(`${name}_CLIENT_ID and ${name}_CLIENT_SECRET are needed together`);
    }
  }
  if ((config.STRIPE_SECRET_KEY === undefined) !== (config.STRIPE_WEBHOOK_SECRET === undefined)) {
    problems.push('STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET are needed together');
  }
  if (config.OIDC_CLIENT_ID && !config.OIDC_ISSUER) problems.push('OIDC_ISSUER is needed with OIDC_CLIENT_ID');
  return problems;
}
