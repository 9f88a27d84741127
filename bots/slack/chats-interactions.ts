import type { App as Bolt, types } from '@slack/bolt';
import type { App } from '../../core/app.ts';
import type { ConversationPlace } from '../../core/conversations/conversation-place.ts';
import type { Carrying } from '../../core/conversations/conversations.ts';
import { AppError } from '../../core/errors.ts';
import { directPlace, PLATFORM, spaceOf } from './accept-question.ts';
import { button, plain } from './answer-blocks.ts';
import { chatBlock, foundBlock } from './chat-blocks.ts';
import { disarmMentions } from './disarm-mentions.ts';
import type { InteractionTools, WordWork } from './interaction-tools.ts';
import { escapeMrkdwn } from './mrkdwn.ts';
import type { People } from './people.ts';
import { SlackCallError } from './slack-api.ts';
import type { Workspace, Workspaces } from './workspaces.ts';

export const CHAT_ACTIONS = { resume: 'resume_chat', resumeInThread: 'resume_chat_in_thread' } as const;
export const CARRY_VIEW = 'carry_private_words';

const SHOWN_CHATS = 6;
const SHOWN_MESSAGES = 6;
const NOT_THERE = new Set(['not_in_channel', 'channel_not_found', 'is_archived', 'restricted_action']);

/** Which chat goes on in a thread of which channel; Slack keeps it while the person is asked. */
interface Continued {
  sessionId: string;
  channel: string;
  responseUrl: string;
}

export interface ChatsOptions {
  bolt: Bolt;
  app: App;
  workspaces: Workspaces;
  people: People;
  tools: InteractionTools;
}

/**
 * Somebody's chats from every platform, shown to them alone, to go on with where they are.
 * @returns the words after `/ask` that are for it
 */
export function registerChats({ bolt, app, workspaces, people, tools }: ChatsOptions): Record<string, WordWork> {
  const { onPress, whisper, userOf, afterwards } = tools;

  async function listChats(channel: string, userId: string) {
    const { items } = await app.sessions.list({ userId, limit: SHOWN_CHATS, cursor: undefined });
    if (items.length === 0) return { text: 'You have no chats yet. Ask me something with `/ask`.' };
    const isDirect = channel.startsWith('D');
    const blocks = items.flatMap((session): types.KnownBlock[] => [
      chatBlock(session),
      {
        type: 'actions',
        elements: [
          button(CHAT_ACTIONS.resume, isDirect ? 'Continue' : 'Continue, only for me', session.id),
          ...(isDirect ? [] : [button(CHAT_ACTIONS.resumeInThread, 'Continue in a thread', session.id)]),
        ],
      },
    ]);
    return { text: 'Your latest chats. `/ask chats some words` looks for others.', blocks };
  }

  async function searchChats(userId: string, words: string) {
    const { items } = await app.messages.search({ userId, query: words, limit: SHOWN_MESSAGES });
    if (items.length === 0) return { text: 'I found nothing with these words in your chats.' };
    return { text: 'This is what I found:', blocks: items.map((found) => foundBlock(found, CHAT_ACTIONS.resume)) };
  }

  onPress(CHAT_ACTIONS.resume, async ({ user, channel, action, response_url }, teamId) => {
    const { id: userId } = await userOf(user.team_id ?? teamId, user.id);
    const place = privatePlace(teamId, channel?.id ?? '');
    const session = await app.conversations.resume({ userId, place, sessionId: action.value ?? '' });
    const how = place.kind === 'dm' ? 'What would you like to know?' : 'Use `/ask` here; only you see the answers.';
    if (response_url) await whisper(response_url, `We go on with “${disarmMentions(session.title)}”. ${how}`);
  });

  onPress(
    CHAT_ACTIONS.resumeInThread,
    async ({ user, channel, action, response_url, trigger_id }, teamId, workspace) => {
      const { id: userId } = await userOf(user.team_id ?? teamId, user.id);
      const continued = { sessionId: action.value ?? '', channel: channel?.id ?? '', responseUrl: response_url ?? '' };
      const place = threadPlace(teamId, continued.channel, '');
      const upTo = await app.conversations.findWordsToCarry({ userId, place, sessionId: continued.sessionId });
      if (upTo === null) return beginThread(workspace, { ...continued, userId, slackUserId: user.id, carry: 'ask' });
      const view = carryModal({ ...continued, upTo });
      await workspace.api.call('views.open', { trigger_id, view }, { mayWaitMs: 1000 });
    },
  );

  bolt.view(CARRY_VIEW, async ({ body, view, ack }) => {
    await ack();
    const { upTo, ...continued }: Continued & { upTo: number } = JSON.parse(view.private_metadata);
    afterwards(async () => {
      const teamId = body.team?.id ?? '';
      const { id: userId } = await userOf(body.user.team_id ?? teamId, body.user.id);
      const workspace = await workspaces.find(teamId);
      await beginThread(workspace, { ...continued, userId, slackUserId: body.user.id, carry: { upTo } });
    }, continued.responseUrl);
  });

  /** The title may be private words, so it is not told. */
  async function beginThread(
    workspace: Workspace,
    {
      channel,
      sessionId,
      userId,
      slackUserId,
      carry,
    }: Continued & { userId: string; slackUserId: string; carry: Carrying },
  ): Promise<void> {
    // Before anything is posted: it must be theirs.
    await app.sessions.get({ userId, sessionId });
    const name = escapeMrkdwn(await people.nameOf(workspace.api, slackUserId));
    const text = `${name} goes on with an earlier chat here. Mention me in this thread to ask.`;
    const { ts } = await workspace.api
      .call<{ ts?: string }>('chat.postMessage', { channel, text, unfurl_links: false, unfurl_media: false })
      .catch(notThere);
    const place = threadPlace(workspace.teamId, channel, ts ?? '');
    await app.conversations.resume({ userId, place, sessionId, carry });
  }

  return {
    chats: async ({ team_id, user_id, channel_id, response_url }, words) => {
      const { id } = await userOf(team_id, user_id);
      const { text, blocks } =
        words === '' ? await listChats(channel_id, id) : { blocks: [], ...(await searchChats(id, words)) };
      await whisper(response_url, text, { blocks });
    },
  };
}

function privatePlace(teamId: string, channel: string): ConversationPlace {
  if (channel.startsWith('D')) return directPlace(teamId, channel);
  return { platform: PLATFORM, space: spaceOf(teamId), kind: 'channel', id: channel, isPrivate: true };
}

function threadPlace(teamId: string, channel: string, ts: string): ConversationPlace {
  return { platform: PLATFORM, space: spaceOf(teamId), kind: 'thread', id: `${channel}:${ts}`, isPrivate: false };
}

function notThere(error: unknown): never {
  if (!(error instanceof SlackCallError && NOT_THERE.has(error.reason))) throw error;
  const sentence = 'I cannot write in this channel. Invite me with `/invite` first, or continue only for yourself.';
  throw new AppError('forbidden', sentence, { cause: error });
}

function carryModal(metadata: Continued & { upTo: number }): types.ModalView {
  const text =
    'Some of this chat was said in private, or in another place with documents of its own. If it goes on in a thread here, what was said there can show in my answers, and everybody in the channel reads those.';
  return {
    type: 'modal',
    callback_id: CARRY_VIEW,
    private_metadata: JSON.stringify(metadata),
    title: plain('Continue in a thread?'),
    submit: plain('Continue'),
    close: plain('Keep it private'),
    blocks: [{ type: 'section', text: plain(text) }],
  };
}
