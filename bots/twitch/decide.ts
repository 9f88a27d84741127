import type { App } from '../../core/app.ts';
import type { ConversationPlace } from '../../core/conversations/conversation-place.ts';
import { AppError } from '../../core/errors.ts';
import { type AboutMeOptions, aboutMe } from './about-me.ts';
import {
  type ChannelSettings,
  changeChannelSettings,
  describeSettings,
  findChannelSettings,
  spaceOf,
} from './channel-settings.ts';
import type { Channels } from './channels.ts';
import type { ChannelChange, ChatCommand } from './chat-command.ts';
import { type ChatLine, hasLevel } from './chat-line.ts';
import type { Decision } from './decision.ts';

export interface DecideOptions extends AboutMeOptions {
  assistantName: string;
  botLogin: string;
  channels: Channels;
  /** Called after the list of channels has changed. */
  onChannelsChanged(): void;
  /** Whether so much waits to be said in that channel that more would come too late for anybody. */
  isBusy: boolean;
  /** Whether a process that died had begun to decide on it: then it was counted already. */
  isAgain: boolean;
  /** Ends what is being answered to somebody there; false when nothing is. */
  stopAnswers(channel: string, askerId: string): Promise<boolean>;
}

const IGNORED: Decision = { outcome: 'ignored' };
const LEVEL_HINT_MS = 10 * 60_000;
const HELP_REST_MS = 3000;
const BUSY_HINT_MS = 30_000;
const MOST_INSTRUCTIONS = 400;

/** Decides what a message to the assistant gets, and starts its turn when that is an answer. Waits for the database only. */
export async function decide(line: ChatLine, command: ChatCommand, options: DecideOptions): Promise<Decision> {
  switch (command.kind) {
    case 'join':
    case 'leave':
      return joinOrLeave(line, command.kind, options);
    case 'account':
    case 'link':
    case 'wallet':
    case 'forget': {
      const { isPaused } = await findChannelSettings(options.app, line.channel);
      return isPaused ? IGNORED : aboutMe(line, command, options);
    }
    case 'ai':
      return change(line, command.change, options.app);
    default:
      return talk(line, command, options);
  }
}

async function talk(
  line: ChatLine,
  command: Exclude<ChatCommand, { kind: 'ai' | 'join' | 'leave' | 'account' | 'link' | 'wallet' | 'forget' }>,
  options: DecideOptions,
): Promise<Decision> {
  const { app } = options;
  const settings = await findChannelSettings(app, line.channel);
  if (settings.isPaused) return IGNORED;
  const user = await app.users.findOrCreate({
    platform: 'twitch',
    platformUserId: line.userId,
    displayName: line.displayName,
  });
  if (!hasLevel(line, settings.level)) return hintLevel(line, settings, { app, userId: user.id });
  const place: ConversationPlace = {
    platform: 'twitch',
    space: spaceOf(line.channel),
    kind: 'channel',
    id: line.channel,
    isPrivate: false,
  };

  switch (command.kind) {
    case 'help':
      return help(line, options, user.id);
    case 'stop':
      return (await options.stopAnswers(line.channel, line.userId))
        ? IGNORED
        : say('I am not answering anything of yours.');
    case 'new': {
      const verdict = await app.limits.take({ userId: user.id, platform: 'twitch', channel: line.channel });
      if (verdict !== 'allowed') return IGNORED;
      await app.conversations.startNew({ userId: user.id, place });
      return say('A new chat begins here. What would you like to know?');
    }
    case 'ask': {
      const refusal = await admit(line, settings, { ...options, userId: user.id });
      return refusal ?? ask(line, { app, userId: user.id, place, settings, question: command.question });
    }
  }
}

async function ask(
  line: ChatLine,
  asked: { app: App; userId: string; place: ConversationPlace; settings: ChannelSettings; question: string },
): Promise<Decision> {
  const { app, userId, place, settings } = asked;
  const session = await app.conversations.current({ userId, place });
  const accepted = await app.turns.accept({
    platform: 'twitch',
    eventId: line.eventId,
    userId,
    sessionId: session.id,
    text: asked.question,
    place: {
      space: place.space,
      isPrivate: false,
      instructions: settings.instructions || undefined,
      model: settings.model ?? undefined,
    },
    delivery: { eventId: line.eventId },
  });
  return { outcome: 'accepted', turnId: accepted.turnId };
}

async function admit(
  line: ChatLine,
  settings: ChannelSettings,
  { app, userId, isBusy, isAgain }: DecideOptions & { userId: string },
): Promise<Decision | null> {
  if (isAgain) return null;
  if (isBusy) {
    const hint = {
      userId,
      platform: 'twitch' as const,
      channel: `${line.channel}:busy`,
      channelCooldownMs: BUSY_HINT_MS,
    };
    const isFirst = (await app.limits.take(hint)) === 'allowed';
    return isFirst ? say('So many questions at once! Please ask again in a minute.') : IGNORED;
  }
  const isExempt = hasLevel(line, 'mod');
  const verdict = await app.limits.take({
    userId,
    platform: 'twitch',
    channel: line.channel,
    ...(!isExempt && {
      cooldownMs: settings.cooldownSeconds * 1000,
      channelCooldownMs: settings.channelCooldownSeconds * 1000,
    }),
  });
  if (verdict === 'allowed') return null;
  return verdict === 'hint' ? say('That was a bit fast for me. Please wait a moment and ask again.') : IGNORED;
}

/** Once in a while, so that nobody is answered with it over and over. */
async function hintLevel(
  line: ChatLine,
  settings: ChannelSettings,
  { app, userId }: { app: App; userId: string },
): Promise<Decision> {
  const hint = { userId, platform: 'twitch' as const, channel: `${line.channel}:level`, cooldownMs: LEVEL_HINT_MS };
  if ((await app.limits.take(hint)) !== 'allowed') return IGNORED;
  const who = { everyone: 'everyone', sub: 'subscribers', vip: 'VIPs and moderators', mod: 'moderators' }[
    settings.level
  ];
  return say(`In this channel I answer ${who}.`);
}

async function help(
  line: ChatLine,
  { app, assistantName, botLogin }: DecideOptions,
  userId: string,
): Promise<Decision> {
  const rest = {
    userId,
    platform: 'twitch' as const,
    channel: `${line.channel}:help`,
    channelCooldownMs: HELP_REST_MS,
  };
  if ((await app.limits.take(rest)) !== 'allowed') return IGNORED;
  const forModerators = hasLevel(line, 'mod')
    ? ' Moderators: !ai pause, resume, cooldown 10, cooldown channel 5, level everyone|sub|vip|mod, instructions …'
    : '';
  return say(
    `I am ${assistantName} and answer from this community's documents. "!ask question" or "@${botLogin} question" asks, "!new" starts a new chat, "!stop" stops an answer, "!link" links your chats with the website, "!forget" has me forget you.${forModerators}`,
  );
}

async function change(line: ChatLine, wanted: ChannelChange, app: App): Promise<Decision> {
  if (!hasLevel(line, 'mod')) return IGNORED;
  if (wanted.setting === 'state') return say(describeSettings(await findChannelSettings(app, line.channel)));
  if (wanted.setting === 'unknown') {
    return say(
      'Try "!ai pause", "!ai resume", "!ai cooldown 10", "!ai cooldown channel 5" or "!ai level everyone|sub|vip|mod".',
    );
  }
  if (wanted.setting === 'instructions' && wanted.instructions.length > MOST_INSTRUCTIONS) {
    return say(`Instructions can have ${MOST_INSTRUCTIONS} characters.`);
  }
  try {
    return say(`Done. ${describeSettings(await changeChannelSettings(app, line.channel, wanted))}`);
  } catch (error) {
    if (error instanceof AppError && error.code === 'model_unknown') return say(error.message);
    throw error;
  }
}

/** In the bot's own channel, by whoever's channel it is. */
async function joinOrLeave(line: ChatLine, kind: 'join' | 'leave', options: DecideOptions): Promise<Decision> {
  if (line.channel !== options.botLogin) return IGNORED;
  if (line.login === options.botLogin) return IGNORED;
  await options.channels[kind](line.login);
  options.onChannelsChanged();
  return kind === 'join'
    ? say(
        `I am coming to your channel. Make me a moderator there with /mod ${options.botLogin}, and I can answer faster.`,
      )
    : say('I have left your channel. "!join" here brings me back.');
}

function say(text: string): Decision {
  return { outcome: 'said', text };
}
