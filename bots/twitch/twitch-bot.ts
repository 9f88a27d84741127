import type { Knex } from 'knex';
import type { App } from '../../core/app.ts';
import type { Encryption } from '../../core/encryption/encryption.ts';
import type { BotState } from '../../core/ports/bot-state.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { createChannels } from './channels.ts';
import { parseChatCommand } from './chat-command.ts';
import { type ChatLine, hasLevel } from './chat-line.ts';
import { createChatSender } from './chat-sender.ts';
import { decide } from './decide.ts';
import type { IrcConnection } from './irc-connection.ts';
import { createLastingConnection } from './lasting-connection.ts';
import { createRepliesRepository } from './replies-repository.ts';
import { createReplyIntake } from './reply-intake.ts';
import { createSendBudget } from './send-budget.ts';
import { checkTokenOwner } from './token-owner.ts';
import { createTwitchApi } from './twitch-api.ts';
import { createTwitchAuth, type TokenOwner, TwitchAuthError } from './twitch-auth.ts';
import { createUserTokens } from './user-tokens.ts';
import { isTooMuch, type Waiting } from './waiting.ts';

export interface TwitchSettings {
  /** Login name of the bot's account, in small letters. */
  username: string;
  accessToken: string;
  refreshToken: string | undefined;
  /** Login names, in small letters. */
  channels: readonly string[];
  clientId: string | undefined;
  clientSecret: string | undefined;
  ircUrl: string;
  /** Without slashes at their ends. */
  apiUrl: string;
  authUrl: string;
}

export interface TwitchBotOptions {
  app: App;
  db: Knex;
  settings: TwitchSettings;
  encryption: Encryption;
  assistantName: string;
  /** Where the pages of shared answers are; without a slash at its end. */
  publicUrl: string;
  logger: Logger;
  /** Twitch's 30 seconds, unless a test has less time. */
  windowMs?: number;
  validateMs?: number;
  lookForChannelsMs?: number;
  reconnectMs?: number;
  joinPaceMs?: number;
  loginMs?: number;
  leaseMs?: number;
}

/** Twitch wants every token validated once an hour: https://dev.twitch.tv/docs/authentication/validate-tokens/ */
const VALIDATE_MS = 60 * 60_000;
/** Another process may have been told to join or leave; and what could not be joined is tried again. */
const LOOK_FOR_CHANNELS_MS = 15_000;
const RECONNECT_MS = 1000;
const LONGEST_RECONNECT_MS = 60_000;
const LOST_TOKENS = 3;

/**
 * The assistant in Twitch chat. Create it before `app.turns.start()`, so that it can finish what an earlier process
 * left. It never throws into whoever starts it: its trouble is in its state and in the log.
 */
export function createTwitchBot(options: TwitchBotOptions) {
  const { app, db, settings } = options;
  const logger = options.logger.child({ part: 'twitch' });
  const botLogin = settings.username.toLowerCase();
  const auth = createTwitchAuth(settings);
  const tokens = createUserTokens({
    db,
    encryption: options.encryption,
    auth,
    login: botLogin,
    initial: { accessToken: settings.accessToken, refreshToken: settings.refreshToken ?? null },
  });
  const channels = createChannels({ db, own: botLogin, configured: settings.channels });
  const { clientId, clientSecret } = settings;
  const hasApplication = clientId !== undefined && clientSecret !== undefined;
  const sender = createChatSender({
    budget: createSendBudget({ db, account: botLogin, windowMs: options.windowMs }),
    api: hasApplication ? createTwitchApi({ apiUrl: settings.apiUrl, clientId, auth, logger }) : null,
    irc: {
      send: async (message) => (await irc?.send(message)) ?? { kind: 'unsent' },
      isModerator,
      forgetModerator: (channel) => irc?.forgetModerator(channel),
    },
    findSenderId: () => owner?.userId ?? '',
    logger,
  });
  const intake = createReplyIntake({
    app,
    replies: createRepliesRepository(db),
    sender,
    decide: decideOn,
    publicUrl: options.publicUrl,
    logger,
    leaseMs: options.leaseMs,
  });
  const atWork = new Set<Promise<void>>();
  let state: BotState = { state: 'off', detail: 'not started' };
  let irc: IrcConnection | null = null;
  let owner: TokenOwner | null = null;
  let refusals = 0;
  let isStopping = false;
  let isIntakeStarted = false;
  const timers = new Set<NodeJS.Timeout>();

  function isModerator(channel: string): boolean {
    return irc?.isModerator(channel) ?? false;
  }

  function after(ms: number, work: () => Promise<void>): void {
    if (isStopping) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      track(work());
    }, ms);
    timers.add(timer);
  }

  function track(work: Promise<void>): void {
    const tracked = work
      .catch((error) => logger.error({ err: error }, 'something on Twitch failed'))
      .finally(() => atWork.delete(tracked));
    atWork.add(tracked);
  }

  function fail(reason: string): void {
    state = { state: 'failed', detail: reason };
    logger.error({ reason }, `Twitch is off: ${reason}. docs/twitch.md tells how to get new tokens.`);
    const connection = irc;
    irc = null;
    track(connection?.stop() ?? Promise.resolve());
  }

  /** Whose token it is; renewed when it is not valid any more. */
  async function validate(): Promise<TokenOwner> {
    let accessToken = await tokens.current();
    for (let renewals = 0; ; renewals++) {
      const found = await auth.validate(accessToken);
      if (found) return checkTokenOwner(found, { botLogin, hasApplication });
      if (renewals === LOST_TOKENS) {
        throw new TwitchAuthError('Twitch does not accept the tokens it gives', { isFinal: true });
      }
      accessToken = await tokens.renew(accessToken);
      logger.info({}, 'the token of the Twitch account was renewed');
    }
  }

  async function connect(attempt: number): Promise<void> {
    state = { state: 'connecting', detail: 'connecting to Twitch' };
    try {
      owner = await validate();
    } catch (error) {
      return retryOrFail(error, attempt);
    }
    if (isStopping) return;
    startIntake();
    await irc?.stop();
    const connection = createConnection();
    irc = connection;
    const outcome = await connection.connect();
    if (outcome === 'unreachable') logger.warn({}, "Twitch's chat cannot be reached; trying again");
  }

  function retryOrFail(error: unknown, attempt: number): void {
    if (isStopping) return;
    if (error instanceof TwitchAuthError && error.isFinal) {
      fail(error.message);
      return;
    }
    logger.warn({ err: error }, 'Twitch cannot be reached; trying again');
    state = { state: 'connecting', detail: 'Twitch cannot be reached; trying again' };
    const pauseMs = Math.min(LONGEST_RECONNECT_MS, (options.reconnectMs ?? RECONNECT_MS) * 2 ** attempt);
    after(pauseMs, () => connect(attempt + 1));
  }

  /** Not before Twitch is known to want us: until then, another process may do better with what is left open. */
  function startIntake(): void {
    if (isIntakeStarted) return;
    isIntakeStarted = true;
    intake.start();
    after(options.validateMs ?? VALIDATE_MS, validateAgain);
    after(options.lookForChannelsMs ?? LOOK_FOR_CHANNELS_MS, lookForChannels);
  }

  async function validateAgain(): Promise<void> {
    try {
      owner = await validate();
    } catch (error) {
      if (error instanceof TwitchAuthError && error.isFinal) return fail(error.message);
      logger.warn({ err: error }, 'the Twitch token could not be validated; trying again later');
    }
    after(options.validateMs ?? VALIDATE_MS, validateAgain);
  }

  async function lookForChannels(): Promise<void> {
    await updateChannels();
    after(options.lookForChannelsMs ?? LOOK_FOR_CHANNELS_MS, lookForChannels);
  }

  async function updateChannels(): Promise<void> {
    try {
      irc?.setChannels(await channels.list());
    } catch (error) {
      logger.warn({ err: error }, 'the list of Twitch channels could not be read; trying again');
    }
  }

  function createConnection(): IrcConnection {
    const connection = createLastingConnection({
      url: settings.ircUrl,
      username: botLogin,
      findToken: () => tokens.current(),
      logger,
      reconnectMs: options.reconnectMs,
      joinPaceMs: options.joinPaceMs,
      loginMs: options.loginMs,
      onLine: (line) => track(receive(line)),
      onDeleted: (messageId) => track(intake.forgetMessage(messageId)),
      onBanned: (ban) => track(intake.forgetPerson(ban)),
      onConnected() {
        refusals = 0;
        state = { state: 'connected', detail: `connected as ${botLogin}` };
        logger.info({ login: botLogin }, 'Twitch is connected');
        track(updateChannels());
      },
      onDisconnected({ isRefused }) {
        if (irc !== connection || isStopping) return;
        state = { state: 'connecting', detail: 'reconnecting to Twitch' };
        if (!isRefused) return;
        irc = null;
        reconnectWithAnotherToken();
      },
    });
    return connection;
  }

  /** The chat server refused a token; if it is really invalid, validating it renews it. */
  function reconnectWithAnotherToken(): void {
    refusals += 1;
    if (refusals > LOST_TOKENS) fail("Twitch's chat server does not accept the token");
    else after((options.reconnectMs ?? RECONNECT_MS) * refusals, () => connect(0));
  }

  async function receive(line: ChatLine): Promise<void> {
    // What goes out through the API comes back in as a message.
    if (line.isBot || line.userId === owner?.userId || line.login === botLogin) return;
    // In a shared chat the message is in the channel where it was written, too, and is answered there.
    if (line.sourceRoomId !== null && irc?.isInRoom(line.sourceRoomId)) return;
    if (parseChatCommand(line.text, botLogin)) await intake.receive(line);
  }

  async function decideOn(line: ChatLine, { waiting, isAgain }: { waiting: Waiting; isAgain: boolean }) {
    const command = parseChatCommand(line.text, botLogin);
    if (!command) return { outcome: 'ignored' as const };
    const newcomer = { ...line, isModerator: isModerator(line.channel), isAhead: hasLevel(line, 'mod') };
    return decide(line, command, {
      app,
      accountUrl: `${options.publicUrl}/account`,
      assistantName: options.assistantName,
      botLogin,
      channels,
      onChannelsChanged: () => track(updateChannels()),
      isBusy: isTooMuch(waiting, newcomer),
      isAgain,
      stopAnswers: intake.stopAnswers,
    });
  }

  return {
    /** Resolves after the first attempt to connect, however it went; later ones follow by themselves. */
    start: () => connect(0),

    /** Hears no more, lets what is being answered be said for so long, then leaves the rest to another process. */
    async stop({ drainMs = 0 }: { drainMs?: number } = {}): Promise<void> {
      isStopping = true;
      for (const timer of timers) clearTimeout(timer);
      await intake.stop({ drainMs });
      await irc?.stop();
      await Promise.allSettled([...atWork]);
      state = { state: 'off', detail: 'stopped' };
    },

    state(): BotState {
      if (state.state !== 'connected') return state;
      const joined = irc?.channels() ?? [];
      const detail = `${state.detail}, in ${joined.length} channels`;
      const unshown = [...intake.unshown()].filter(([channel]) => joined.includes(channel));
      if (unshown.length === 0) return { ...state, detail };
      const where = unshown.map(([channel, reason]) => `${channel} (${reason})`).join(', ');
      return { state: 'degraded', detail: `${detail}; Twitch does not show what is said in ${where}` };
    },
  };
}
