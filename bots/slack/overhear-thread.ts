import type { App } from '../../core/app.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Overheard, OverhearPlace } from '../../core/turns/overhearing.ts';
import { PLATFORM, spaceOf } from './accept-question.ts';
import { messageIdOf, parseDelivery, type SlackDelivery } from './delivery.ts';
import { filesOf, readableText, type SlackMessage } from './message-text.ts';
import type { Names } from './names.ts';
import { toPlainText } from './plain-text.ts';
import { SlackCallError } from './slack-api.ts';
import type { Workspace, Workspaces } from './workspaces.ts';

interface ThreadMessage extends SlackMessage {
  ts: string;
  subtype?: string;
  user?: string;
  bot_id?: string;
  username?: string;
  bot_profile?: { name?: string };
}

interface Page {
  messages?: ThreadMessage[];
  has_more?: boolean;
  response_metadata?: { next_cursor?: string };
}

type Thread = NonNullable<SlackDelivery['thread']>;

export interface ThreadReaderOptions {
  app: App;
  workspaces: Workspaces;
  names: Names;
  assistantName: string;
  logger: Logger;
}

/** Slack gives a thread from its beginning, so many messages a page at most; apps outside of its Marketplace get 15. */
const PAGE = 200;
const MOST_PAGES = 5;
const MOST_MESSAGES = 200;
const MAY_WAIT_MS = 1000;
const SPOKEN = new Set([undefined, 'bot_message', 'file_share', 'thread_broadcast', 'me_message']);

/**
 * Reads a thread that others had begun, up to the question. Whoever reads the answer there reads this as well; it is
 * used for nothing else. Less is read where Slack's limits or the app's permissions end it.
 */
export function createThreadReader(options: ThreadReaderOptions): OverhearPlace {
  const { app, workspaces, names, assistantName, logger } = options;
  const hinted = new Set<string>();

  return async ({ delivery }, { signal }) => {
    const thread = parseDelivery(delivery)?.thread;
    if (!thread) return null;
    const workspace = await workspaces.find(thread.teamId);
    const read = await readPages(workspace, thread, signal);
    const latest = read.messages.slice(-MOST_MESSAGES);
    const unasked = await withoutQuestions(latest, thread, workspace);
    return {
      messages: await toOverheard(unasked, workspace),
      isWhole: read.isWhole && latest.length === read.messages.length,
    };
  };

  async function readPages(workspace: Workspace, thread: Thread, signal: AbortSignal) {
    const { channel, threadTs, ts } = thread;
    const found: ThreadMessage[] = [];
    let cursor = '';
    for (let pages = 0; pages < MOST_PAGES && !signal.aborted; pages += 1) {
      const args = { channel, ts: threadTs, latest: ts, inclusive: false, limit: PAGE, ...(cursor && { cursor }) };
      const page = await workspace.api
        .call<Page>('conversations.replies', args, { mayWaitMs: MAY_WAIT_MS })
        .catch((error) => noteRefusal(workspace.teamId, error));
      if (page === null) return { messages: spokenBefore(found, ts, workspace), isWhole: false };
      found.push(...(page.messages ?? []));
      cursor = page.response_metadata?.next_cursor ?? '';
      if (!page.has_more || cursor === '') return { messages: spokenBefore(found, ts, workspace), isWhole: true };
    }
    return { messages: spokenBefore(found, ts, workspace), isWhole: false };
  }

  /** Said once to the operator, who can do something about it. */
  function noteRefusal(teamId: string, error: unknown): null {
    if (!(error instanceof SlackCallError)) throw error;
    const isMissing = error.reason === 'missing_scope';
    if (isMissing && !hinted.has(teamId)) {
      hinted.add(teamId);
      const hint =
        'a Slack thread cannot be read: give the app the scopes of `parley slack-manifest` and install it again';
      logger.warn({ teamId, reason: error.reason }, hint);
    } else {
      logger.debug({ teamId, reason: error.reason }, 'a Slack thread was not read to its end');
    }
    return null;
  }

  /** What was asked before is in the session, with its answers. */
  async function withoutQuestions(messages: ThreadMessage[], { teamId, channel }: Thread, { botUserId }: Workspace) {
    const settings = await app.places.settings({ platform: PLATFORM, space: spaceOf(teamId), channel });
    const mayAsk = ({ bot_id, text = '' }: ThreadMessage) =>
      bot_id === undefined && (!settings.mentionNeeded || text.includes(`<@${botUserId}`));
    const asked = await Promise.all(
      messages.map(async (message) => {
        const id = messageIdOf({ teamId, channel, ts: message.ts });
        return mayAsk(message) && id !== null && (await app.turns.findByMessage(PLATFORM, id)) !== null;
      }),
    );
    return messages.filter((_, index) => !asked[index]);
  }

  async function toOverheard(messages: ThreadMessage[], workspace: Workspace): Promise<Overheard['messages']> {
    const texts = messages.map((message) => [readableText(message), ...fileNames(message)].filter(Boolean).join('\n'));
    const authors = messages.flatMap(({ user }) => user ?? []);
    const known = await names.find(workspace.api, texts, authors);
    const reading = { botUserId: workspace.botUserId, botName: `@${assistantName}`, names: known };
    return messages.map((message, index) => ({
      authorName: known.users.get(message.user ?? '') ?? message.username ?? message.bot_profile?.name ?? 'Somebody',
      text: toPlainText(texts[index] ?? '', reading),
      at: new Date(Number(message.ts) * 1000),
    }));
  }
}

/** Each message once, and neither our own, which the session holds, nor what came after the question. */
function spokenBefore(messages: ThreadMessage[], ts: string, { botId, botUserId }: Workspace): ThreadMessage[] {
  const isOurs = ({ bot_id, user }: ThreadMessage) =>
    (bot_id !== undefined && bot_id === botId) || (user !== undefined && user === botUserId);
  const spoken = messages.filter(
    (message) => SPOKEN.has(message.subtype) && !isOurs(message) && Number(message.ts) < Number(ts),
  );
  return [...new Map(spoken.map((message) => [message.ts, message])).values()];
}

function fileNames(message: SlackMessage): string[] {
  return filesOf(message).map(({ name }) => `[file: ${name}]`);
}
