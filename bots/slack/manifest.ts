export interface ManifestOptions {
  /** Where Slack and browsers reach this Parley; used for HTTP events and for installing into many workspaces. */
  publicUrl: string;
  assistantName: string;
  mode: 'socket' | 'http';
  /** Whether other workspaces install it by OAuth. */
  manyWorkspaces?: boolean;
}

export const ASK_COMMAND = '/ask';
/** Commands of their own for words after `/ask`. */
export const COMMAND_WORDS = {
  '/link': 'link',
  '/account': 'account',
  '/wallet': 'wallet',
  '/forget': 'forget',
} as const;
export const ASK_ABOUT_THIS = 'ask_about_this';

/** What people may be offered to begin with; Slack shows at most four. */
export const SUGGESTED_PROMPTS = [
  { title: 'What can you do?', message: 'What can you help me with?' },
  { title: 'Where do I start?', message: 'I am new here. Where should I start reading?' },
  { title: 'Explain a term', message: 'Which terms should I know, and what do they mean?' },
  { title: 'Find a how-to', message: 'Which how-tos and guides are there?' },
];

export const BOT_SCOPES = [
  'app_mentions:read',
  'assistant:write',
  'channels:history',
  'channels:read',
  'chat:write',
  'commands',
  'files:read',
  'groups:history',
  'groups:read',
  'im:history',
  'im:read',
  'im:write',
  'mpim:history',
  'mpim:read',
  'users:read',
];

const BOT_EVENTS = [
  'app_home_opened',
  'app_mention',
  'app_uninstalled',
  'message.channels',
  'message.groups',
  'message.im',
  'message.mpim',
  'tokens_revoked',
];

/** Slack allows 35 characters for an app and 80 for a bot. */
const APP_NAME_LENGTH = 35;

/** The manifest to paste at api.slack.com/apps → Create New App → From a manifest. */
export function slackManifest({ publicUrl, assistantName, mode, manyWorkspaces = false }: ManifestOptions) {
  const eventsUrl = `${publicUrl}/slack/events`;
  const isHttp = mode === 'http';
  const about = `Ask ${assistantName}; answers come from your own documents, with sources.`;
  return {
    display_information: { name: assistantName.slice(0, APP_NAME_LENGTH), description: about.slice(0, 140) },
    features: {
      app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      agent_view: { agent_description: about.slice(0, 300), suggested_prompts: SUGGESTED_PROMPTS },
      bot_user: { display_name: assistantName, always_online: true },
      shortcuts: [
        {
          name: 'Ask about this',
          type: 'message',
          callback_id: ASK_ABOUT_THIS,
          description: `Ask ${assistantName} about this message`.slice(0, 150),
        },
      ],
      slash_commands: [
        {
          command: ASK_COMMAND,
          description: `Ask ${assistantName}; only you see the answer`.slice(0, 2000),
          usage_hint: 'your question, or: new · chats · link · help · settings',
          should_escape: false,
          ...(isHttp && { url: eventsUrl }),
        },
        {
          command: '/link',
          description: `Have the same chats with ${assistantName} here and on the website`.slice(0, 2000),
          should_escape: false,
          ...(isHttp && { url: eventsUrl }),
        },
        {
          command: '/account',
          description: 'Who you are here, and what is linked',
          should_escape: false,
          ...(isHttp && { url: eventsUrl }),
        },
        {
          command: '/wallet',
          description: 'What you can spend on answers, and where to add to it',
          should_escape: false,
          ...(isHttp && { url: eventsUrl }),
        },
        {
          command: '/forget',
          description: `Have ${assistantName} forget you, on every platform`.slice(0, 2000),
          should_escape: false,
          ...(isHttp && { url: eventsUrl }),
        },
      ],
    },
    oauth_config: {
      ...(manyWorkspaces && { redirect_urls: [`${publicUrl}/slack/oauth_redirect`] }),
      scopes: { bot: BOT_SCOPES },
    },
    settings: {
      event_subscriptions: { ...(isHttp && { request_url: eventsUrl }), bot_events: BOT_EVENTS },
      interactivity: { is_enabled: true, ...(isHttp && { request_url: eventsUrl }) },
      org_deploy_enabled: false,
      socket_mode_enabled: !isHttp,
      token_rotation_enabled: false,
    },
  };
}
