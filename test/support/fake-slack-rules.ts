/**
 * What Slack allows, from its published method pages: the older methods' arguments as in the vendor's own API
 * description, the newer ones' (streams, assistant threads, markdown) by hand.
 */
const MESSAGE = ['channel', 'text', 'blocks', 'attachments', 'thread_ts', 'metadata', 'link_names', 'parse', 'as_user'];

export const ALLOWED_ARGUMENTS: Record<string, string[]> = {
  'auth.test': [],
  'apps.connections.open': [],
  'oauth.v2.access': ['client_id', 'client_secret', 'code', 'redirect_uri', 'grant_type', 'refresh_token'],
  'chat.postMessage': [
    ...MESSAGE,
    'icon_emoji',
    'icon_url',
    'mrkdwn',
    'reply_broadcast',
    'unfurl_links',
    'unfurl_media',
    'username',
    'markdown_text',
  ],
  'chat.postEphemeral': [
    'channel',
    'user',
    'text',
    'blocks',
    'attachments',
    'thread_ts',
    'link_names',
    'parse',
    'as_user',
    'icon_emoji',
    'icon_url',
    'username',
    'markdown_text',
  ],
  'chat.update': [
    ...MESSAGE.filter((name) => name !== 'thread_ts'),
    'ts',
    'file_ids',
    'reply_broadcast',
    'markdown_text',
  ],
  'chat.delete': ['channel', 'ts', 'as_user'],
  'chat.startStream': [
    'channel',
    'thread_ts',
    'markdown_text',
    'chunks',
    'recipient_user_id',
    'recipient_team_id',
    'task_display_mode',
    'icon_emoji',
    'icon_url',
    'username',
  ],
  'chat.appendStream': ['channel', 'ts', 'markdown_text', 'chunks'],
  'chat.stopStream': ['channel', 'ts', 'markdown_text', 'chunks', 'blocks', 'metadata', 'session_status'],
  'conversations.info': ['channel', 'include_locale', 'include_num_members'],
  'conversations.open': ['channel', 'users', 'return_im', 'prevent_creation'],
  'conversations.replies': [
    'channel',
    'ts',
    'latest',
    'oldest',
    'inclusive',
    'limit',
    'cursor',
    'include_all_metadata',
  ],
  'users.info': ['user', 'include_locale'],
  'views.open': ['trigger_id', 'view', 'interactivity_pointer'],
  'views.publish': ['user_id', 'view', 'hash'],
  'assistant.threads.setStatus': [
    'channel_id',
    'thread_ts',
    'status',
    'loading_messages',
    'icon_emoji',
    'icon_url',
    'username',
  ],
  'assistant.threads.setSuggestedPrompts': ['channel_id', 'thread_ts', 'prompts', 'title'],
  'assistant.threads.setTitle': ['channel_id', 'thread_ts', 'title'],
};

/** Calls a minute per workspace: tier 2 is 20, tier 3 is 50, tier 4 is 100. */
export const CALLS_PER_MINUTE: Record<string, number> = {
  'chat.startStream': 20,
  'chat.appendStream': 100,
  'chat.stopStream': 20,
  'chat.update': 50,
  'chat.delete': 50,
  'chat.postMessage': 300,
  'chat.postEphemeral': 100,
  'conversations.info': 50,
  'conversations.open': 50,
  'conversations.replies': 50,
  'users.info': 100,
  'views.open': 100,
  'views.publish': 100,
  'assistant.threads.setStatus': 600,
  'assistant.threads.setSuggestedPrompts': 50,
  'assistant.threads.setTitle': 50,
  'auth.test': 300,
  'apps.connections.open': 20,
};

interface AnyBlock {
  type: string;
  text?: string | { text?: string };
  elements?: { text?: string | { text?: string } }[];
}

const PING = /<!(channel|here|everyone|subteam)|<@|(?<![\w.])@(channel|here|everyone)\b/i;

/** The rules of content that every message has to keep; what breaks one is said in words. */
export function findContentViolations(args: Record<string, unknown>): string[] {
  const blocks = (args.blocks ?? []) as AnyBlock[];
  const found: string[] = [];
  if (blocks.length > 50) found.push('more than 50 blocks');
  let markdown = typeof args.markdown_text === 'string' ? args.markdown_text.length : 0;
  for (const block of blocks) {
    const text = typeof block.text === 'string' ? block.text : block.text?.text;
    if (block.type === 'section' && (text ?? '').length > 3000) found.push('a section of more than 3,000 characters');
    if (block.type === 'markdown') markdown += (text ?? '').length;
    if (block.type === 'context' && (block.elements ?? []).length > 10)
      found.push('a context of more than 10 elements');
    if (block.type === 'actions' && (block.elements ?? []).length > 25) found.push('more than 25 actions');
    for (const element of block.type === 'context' ? (block.elements ?? []) : []) {
      if (String(element.text).length > 3000) found.push('a context text of more than 3,000 characters');
    }
  }
  if (markdown > 12_000) found.push('more than 12,000 characters of Markdown');
  if (typeof args.text === 'string' && args.text.length > 40_000) found.push('a text of more than 40,000 characters');
  const written = [
    args.text,
    args.markdown_text,
    ...blocks.filter(({ type }) => type === 'markdown').map(({ text }) => text),
  ];
  if (written.some((text) => typeof text === 'string' && PING.test(text))) found.push('a text that pings people');
  return found;
}
