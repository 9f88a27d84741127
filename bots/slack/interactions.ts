import type { App as Bolt, types } from '@slack/bolt';
import type { App } from '../../core/app.ts';
import type { Encryption } from '../../core/encryption/encryption.ts';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { errorSentence } from '../shared/error-sentence.ts';
import { splitMarkdown } from '../shared/split-markdown.ts';
import { directPlace, NOTHING_READABLE, PLATFORM, spaceOf } from './accept-question.ts';
import { registerAccount } from './account-interactions.ts';
import { ACTIONS, markdownMessage, parseGoOn, sourceBlocks } from './answer-blocks.ts';
import { HOME_ACTIONS, homeView } from './app-home.ts';
import { ASK_VIEW, type AskMetadata, askModal, REASON_VIEW, reasonModal } from './ask-modal.ts';
import { registerChats } from './chats-interactions.ts';
import { disarmMentions } from './disarm-mentions.ts';
import { toEventId } from './event-id.ts';
import { slackHelp } from './help.ts';
import { createInteractionTools, type WordWork } from './interaction-tools.ts';
import { registerLinking } from './link-interactions.ts';
import { ASK_ABOUT_THIS, ASK_COMMAND, COMMAND_WORDS } from './manifest.ts';
import { MESSAGE_SIZE } from './message-size.ts';
import { filesOf, readableText } from './message-text.ts';
import { escapeMrkdwn } from './mrkdwn.ts';
import type { People } from './people.ts';
import { emptyQuestion, pressedQuestion } from './pressed-question.ts';
import type { QuestionIntake } from './question-intake.ts';
import { respond } from './respond.ts';
import { parseSettings, SETTINGS_VIEW, settingsModal, type ViewValues } from './settings-modal.ts';
import { registerWallet } from './wallet-interactions.ts';
import type { Workspace, Workspaces } from './workspaces.ts';

export interface InteractionOptions {
  bolt: Bolt;
  app: App;
  intake: QuestionIntake;
  workspaces: Workspaces;
  people: People;
  encryption: Encryption;
  assistantName: string;
  logger: Logger;
}

const HOME_SESSIONS = 8;
const THINKING = 'Let me think…';
/** What else was written after these belongs to them; after any other word it makes a question of both. */
const WORDS_WITH_MORE: ReadonlySet<string> = new Set(['chats']);

/** Commands, buttons, menus and windows: each acknowledged at once, then carried out. */
export function registerInteractions(options: InteractionOptions): void {
  const { bolt, app, intake, workspaces, people, assistantName, logger } = options;
  const tools = createInteractionTools(options);
  const { afterwards, whisper, userOf, onPress } = tools;
  const words: Record<string, WordWork> = {
    settings: ({ team_id, user_id, trigger_id, channel_id }) => openSettings(team_id, user_id, trigger_id, channel_id),
    ...registerChats({ bolt, app, workspaces, people, tools }),
    ...registerAccount(app, tools),
    ...registerWallet(app, tools),
    ...registerLinking({ ...options, tools }),
  };

  for (const [command, word] of Object.entries(COMMAND_WORDS)) {
    bolt.command(command, async ({ command, ack }) => {
      await ack();
      afterwards(async () => words[word]?.(command, ''), command.response_url);
    });
  }

  bolt.command(ASK_COMMAND, async ({ command, ack }) => {
    const text = command.text ?? '';
    const [first = '', ...more] = text.trim().split(/\s+/);
    const word = first.toLowerCase();
    if (word === '' || (word === 'help' && more.length === 0)) {
      await ack({ response_type: 'ephemeral', ...markdownMessage(slackHelp(assistantName)) });
      return;
    }
    const work = more.length === 0 || WORDS_WITH_MORE.has(word) ? words[word] : undefined;
    if (work) {
      await ack();
      afterwards(() => work(command, more.join(' ')), command.response_url);
      return;
    }
    try {
      await intake.receive({
        ...emptyQuestion(
          toEventId('command', command.trigger_id, command.user_id, text, command.response_url),
          command.team_id,
          command.user_id,
        ),
        channel: command.channel_id,
        isDirect: command.channel_id.startsWith('D'),
        text,
        responseUrl: command.response_url ?? '',
      });
      await ack({ response_type: 'ephemeral', text: THINKING });
    } catch (error) {
      logger.error({ teamId: command.team_id, err: error }, 'a command could not be recorded');
      await ack({ response_type: 'ephemeral', text: errorSentence(error) });
    }
  });

  bolt.shortcut({ callback_id: ASK_ABOUT_THIS, type: 'message_action' }, async ({ shortcut, ack }) => {
    await ack();
    afterwards(async () => {
      const about = readableText(shortcut.message);
      const files = filesOf(shortcut.message);
      if (about === '' && files.length === 0) return whisper(shortcut.response_url, NOTHING_READABLE);
      const { api } = await workspaces.find(shortcut.team?.id ?? '');
      const view = askModal({ channel: shortcut.channel.id, responseUrl: shortcut.response_url, about, files });
      await api.call('views.open', { trigger_id: shortcut.trigger_id, view }, { mayWaitMs: 1000 });
    }, shortcut.response_url);
  });

  bolt.view(ASK_VIEW, async ({ body, view, ack }) => {
    const { channel, responseUrl, about, files = [] }: AskMetadata = JSON.parse(view.private_metadata);
    const values = view.state.values as unknown as ViewValues;
    await intake.receive({
      ...emptyQuestion(toEventId('view', view.id, view.state.values), body.team?.id ?? '', body.user.id),
      channel,
      isDirect: channel.startsWith('D'),
      text: values.question?.value?.value ?? '',
      about,
      files,
      responseUrl,
    });
    await ack();
  });

  onPress(ACTIONS.stop, ({ action }) => app.turns.stopTurn(action.value ?? ''));

  onPress(ACTIONS.retry, (pressed, teamId) =>
    intake.receive({ ...pressedQuestion(ACTIONS.retry, pressed, teamId), retryOf: pressed.action.value ?? '' }),
  );

  onPress(ACTIONS.goOn, (pressed, teamId) => {
    const goOnWith = parseGoOn(pressed.action.value ?? '');
    return intake.receive({ ...pressedQuestion(ACTIONS.goOn, pressed, teamId), goOnWith });
  });

  onPress(ACTIONS.newChat, async (pressed, teamId) => {
    const channel = pressed.channel?.id ?? '';
    const user = await userOf(pressed.user.team_id ?? teamId, pressed.user.id);
    const threadTs = pressed.message?.thread_ts ?? pressed.container?.thread_ts;
    // Outside of threads only answers for the asker alone have this button.
    const base = { platform: PLATFORM, space: spaceOf(teamId), isPrivate: threadTs === undefined } as const;
    if (channel.startsWith('D')) {
      await app.conversations.startNew({ userId: user.id, place: directPlace(teamId, channel) });
    } else {
      const place = threadTs
        ? ({ ...base, kind: 'thread', id: `${channel}:${threadTs}` } as const)
        : ({ ...base, kind: 'channel', id: channel } as const);
      await app.conversations.startNew({ userId: user.id, place });
    }
    if (pressed.response_url)
      await whisper(pressed.response_url, 'A new chat begins here. What would you like to know?');
  });

  onPress(ACTIONS.share, async (pressed, _teamId, { api }) => {
    let text = '';
    let sources: Parameters<typeof sourceBlocks>[0] = [];
    const { signal } = new AbortController();
    for await (const event of app.turns.follow(pressed.action.value ?? '', { signal })) {
      if (event.type === 'sources') sources = event.sources;
      if (event.type === 'delta') text += event.text;
    }
    const shared = `Shared by ${escapeMrkdwn(await people.nameOf(api, pressed.user.id))}`;
    const credit: types.KnownBlock = { type: 'context', elements: [{ type: 'mrkdwn', text: shared }] };
    const parts = splitMarkdown(disarmMentions(text), MESSAGE_SIZE);
    for (const [index, part] of parts.entries()) {
      const message = markdownMessage(part, index === parts.length - 1 ? sourceBlocks(sources, text) : []);
      const blocks = index === 0 ? [credit, ...message.blocks] : message.blocks;
      const shown = { ...message, blocks, response_type: 'in_channel', replace_original: false };
      await respond(pressed.response_url ?? '', shown);
    }
  });

  onPress(ACTIONS.feedback, async (pressed, teamId, workspace) => {
    const [rating, messageId = ''] = (pressed.action.value ?? '').split(':');
    const user = await userOf(pressed.user.team_id ?? teamId, pressed.user.id);
    const isUp = rating === 'up';
    await app.feedback.give({ userId: user.id, messageId, rating: isUp ? 'up' : 'down' }).catch(notTheirs);
    if (!isUp) {
      const args = { trigger_id: pressed.trigger_id, view: reasonModal(messageId) };
      await workspace.api.call('views.open', args, { mayWaitMs: 1000 });
    }
    if (pressed.response_url) await whisper(pressed.response_url, isUp ? 'Thank you!' : 'Thank you, that is noted.');
  });

  bolt.view(REASON_VIEW, async ({ body, view, ack }) => {
    const { messageId } = JSON.parse(view.private_metadata);
    const values = view.state.values as unknown as ViewValues;
    const reason = values.reason?.value?.value?.trim() || undefined;
    const user = await userOf(body.user.team_id ?? body.team?.id ?? '', body.user.id);
    await app.feedback.give({ userId: user.id, messageId, rating: 'down', reason });
    await ack();
  });

  async function openSettings(teamId: string, userId: string, triggerId: string, channel: string | null) {
    const { api } = await workspaces.find(teamId);
    if (!(await people.isAdmin(api, userId))) {
      throw new AppError('forbidden', 'Only admins and owners of this workspace can change settings.');
    }
    const ofChannel = channel?.startsWith('D') ? null : channel;
    const settings = await app.places.settings({ platform: PLATFORM, space: spaceOf(teamId), channel: ofChannel });
    const view = settingsModal(settings, ofChannel);
    await api.call('views.open', { trigger_id: triggerId, view }, { mayWaitMs: 1000 });
  }

  onPress(HOME_ACTIONS.workspaceSettings, ({ user, trigger_id }, teamId) =>
    openSettings(teamId, user.id, trigger_id ?? '', null),
  );
  onPress(HOME_ACTIONS.channelSettings, ({ user, trigger_id, action }, teamId) =>
    openSettings(teamId, user.id, trigger_id ?? '', action.selected_conversation ?? null),
  );

  bolt.view(SETTINGS_VIEW, async ({ body, view, ack }) => {
    const teamId = body.team?.id ?? '';
    const { api } = await workspaces.find(teamId);
    if (!(await people.isAdmin(api, body.user.id))) return ack();
    const { channel } = JSON.parse(view.private_metadata);
    const changes = parseSettings(view.state.values as unknown as ViewValues, channel);
    try {
      await app.places.update({ platform: PLATFORM, space: spaceOf(teamId), channel, changes });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'model_unknown') throw error;
      // What was typed stays in the form.
      return ack({ response_action: 'errors', errors: { model: error.message } });
    }
    await ack();
    logger.info({ teamId, channel, by: body.user.id }, 'settings of a Slack place were changed');
  });

  bolt.event('app_home_opened', async ({ event, body }) => {
    if (event.tab !== 'home') return;
    afterwards(async () => publishHome(await workspaces.find(body.team_id), event.user));
  });

  async function publishHome(workspace: Workspace, slackUserId: string): Promise<void> {
    const user = await userOf(workspace.teamId, slackUserId);
    const { items } = await app.sessions.list({ userId: user.id, limit: HOME_SESSIONS, cursor: undefined });
    const isAdmin = await people.isAdmin(workspace.api, slackUserId);
    const view = homeView({ assistantName, sessions: items, isAdmin });
    await workspace.api.call('views.publish', { user_id: slackUserId, view });
  }

  onPress(HOME_ACTIONS.newChat, async ({ user }, teamId, workspace) => {
    const { channel, userId } = await openDirect(workspace, user.id);
    await app.conversations.startNew({ userId, place: directPlace(teamId, channel) });
    await sayIn(workspace, channel, 'A new chat begins here. What would you like to know?');
    await publishHome(workspace, user.id);
  });

  onPress(HOME_ACTIONS.resume, async ({ user, action }, teamId, workspace) => {
    const { channel, userId } = await openDirect(workspace, user.id);
    const place = directPlace(teamId, channel);
    const session = await app.conversations.resume({ userId, place, sessionId: action.value ?? '' });
    await sayIn(workspace, channel, `We go on with “${disarmMentions(session.title)}”. What would you like to know?`);
  });

  async function openDirect(workspace: Workspace, slackUserId: string) {
    const opened = await workspace.api.call<{ channel?: { id?: string } }>('conversations.open', {
      users: slackUserId,
    });
    const user = await userOf(workspace.teamId, slackUserId);
    return { channel: opened.channel?.id ?? '', userId: user.id };
  }

  function sayIn(workspace: Workspace, channel: string, markdown: string): Promise<unknown> {
    const message = { ...markdownMessage(markdown), channel, unfurl_links: false, unfurl_media: false };
    return workspace.api.call('chat.postMessage', message);
  }
}

/** In a thread everybody sees the buttons, but the answer is one person's. */
function notTheirs(error: unknown): never {
  if (!(error instanceof AppError && error.code === 'message_not_found')) throw error;
  throw new AppError('forbidden', 'Only the person who asked can rate this answer.', { cause: error });
}
