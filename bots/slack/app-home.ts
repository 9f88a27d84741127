import type { types } from '@slack/bolt';
import type { Session } from '../../core/sessions/session.ts';
import { splitMarkdown } from '../shared/split-markdown.ts';
import { button, plain } from './answer-blocks.ts';
import { chatBlock } from './chat-blocks.ts';
import { slackHelp } from './help.ts';
import { slackSize } from './message-size.ts';
import { toMrkdwn } from './mrkdwn.ts';

export const HOME_ACTIONS = {
  newChat: 'home_new_chat',
  link: 'home_link',
  resume: 'home_resume_chat',
  workspaceSettings: 'home_workspace_settings',
  channelSettings: 'home_channel_settings',
} as const;

export interface HomeOptions {
  assistantName: string;
  /** Most recently used first. */
  sessions: Session[];
  isAdmin: boolean;
}

/** The Home tab: how to ask, what was talked about lately, and settings for admins. */
export function homeView({ assistantName, sessions, isAdmin }: HomeOptions): types.HomeView {
  return {
    type: 'home',
    blocks: [
      { type: 'header', text: plain(assistantName.slice(0, 150)) },
      ...helpBlocks(assistantName),
      { type: 'divider' },
      { type: 'header', text: plain('Recent chats') },
      {
        type: 'actions',
        elements: [
          { ...button(HOME_ACTIONS.newChat, 'New chat', 'new'), style: 'primary' },
          button(HOME_ACTIONS.link, 'Link my account', 'link'),
        ],
      },
      ...(sessions.length > 0
        ? sessions.map((session) => chatBlock(session, button(HOME_ACTIONS.resume, 'Continue', session.id)))
        : [noSessions]),
      ...(isAdmin ? adminBlocks() : []),
    ],
  };
}

/** Slack takes Markdown in messages only, and 3,000 characters in one section. */
function helpBlocks(assistantName: string): types.KnownBlock[] {
  return splitMarkdown(slackHelp(assistantName), { limit: 2000, measure: slackSize }).map((part) => ({
    type: 'section',
    text: { type: 'mrkdwn', text: toMrkdwn(part) },
  }));
}

const noSessions: types.KnownBlock = {
  type: 'context',
  elements: [{ type: 'mrkdwn', text: 'None yet. Ask me something in the Messages tab.' }],
};

function adminBlocks(): types.KnownBlock[] {
  return [
    { type: 'divider' },
    { type: 'header', text: plain('Settings') },
    {
      type: 'context',
      elements: [{ type: 'mrkdwn', text: 'Only admins and owners of this workspace see this.' }],
    },
    {
      type: 'actions',
      elements: [
        button(HOME_ACTIONS.workspaceSettings, 'Whole workspace', 'workspace'),
        {
          type: 'conversations_select',
          action_id: HOME_ACTIONS.channelSettings,
          placeholder: plain('One channel…'),
          filter: { include: ['public', 'private'], exclude_bot_users: true },
        },
      ],
    },
  ];
}
