import type { types } from '@slack/bolt';
import { markdownMessage } from './answer-blocks.ts';
import { threadOf, type ViewContext } from './answer-view.ts';
import { SlackCallError, UNKNOWN_METHOD } from './slack-api.ts';

const METADATA_TYPE = 'parley_answer';
const TRIES = 3;
/** Slack knows a block it does not like by these words; text it always takes. */
const NOT_READABLE = new Set([
  UNKNOWN_METHOD,
  'missing_scope',
  'not_in_channel',
  'channel_not_found',
  'thread_not_found',
]);
const BLOCKS_REFUSED = new Set(['invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long', 'block_mismatch']);

export interface MessageContent {
  markdown: string;
  footer: types.KnownBlock[];
}

interface Posted {
  ts?: string;
}

interface FoundMessage {
  ts: string;
  bot_id?: string;
  user?: string;
  metadata?: { event_type?: string; event_payload?: { request_id?: string; part?: number } };
}

/** Posts one message of an answer, exactly once: when Slack's reply got lost, it looks before it posts again. */
export async function postPart(context: ViewContext, part: number, content: MessageContent): Promise<string> {
  const { api } = context.workspace;
  for (let tried = 1; ; tried += 1) {
    try {
      const message = { ...markdownMessage(content.markdown, content.footer), ...address(context, part) };
      const { ts } = await withTextAlone(message, (body) => api.call<Posted>('chat.postMessage', body));
      return ts ?? '';
    } catch (error) {
      if (!(error instanceof SlackCallError && error.isUncertain) || tried === TRIES) throw error;
      const found = await findPosted(context, part);
      if (found !== null) return found;
    }
  }
}

export async function updatePart(context: ViewContext, ts: string, content: MessageContent): Promise<void> {
  const { api } = context.workspace;
  const message = {
    ...markdownMessage(content.markdown, content.footer),
    channel: context.question.channel,
    ts,
  };
  await withTextAlone(message, (body) => api.call('chat.update', body));
}

/**
 * A message of this answer that was posted although nobody noted it: by what we wrote into it or, for a stream, as the
 * one message of ours under the question that no other answer claims.
 */
export async function findPosted(context: ViewContext, part: number): Promise<string | null> {
  const { question, workspace, requestId, requests } = context;
  const thread = threadOf(question);
  if (thread === null) return null;
  const { messages = [] } = await readThread(context, thread);
  const ours = messages.filter(
    ({ bot_id, user }) =>
      (bot_id !== undefined && bot_id === workspace.botId) || (user !== undefined && user === workspace.botUserId),
  );
  const marked = ours.find(
    ({ metadata }) => metadata?.event_payload?.request_id === requestId && metadata.event_payload.part === part,
  );
  if (marked || part > 0) return marked?.ts ?? null;
  const unmarked = ours.filter(({ metadata }) => metadata?.event_type !== METADATA_TYPE).map(({ ts }) => ts);
  const known = await requests.findKnownMessages(workspace.teamId, question.channel, unmarked);
  return unmarked.find((ts) => !known.includes(ts)) ?? null;
}

/** Empty where Slack does not let us look, however often we ask. */
async function readThread(
  { question, workspace }: ViewContext,
  thread: string,
): Promise<{ messages?: FoundMessage[] }> {
  const args = {
    channel: question.channel,
    ts: thread,
    oldest: question.ts ?? thread,
    limit: 200,
    include_all_metadata: true,
  };
  try {
    return await workspace.api.call<{ messages?: FoundMessage[] }>('conversations.replies', args);
  } catch (error) {
    if (error instanceof SlackCallError && NOT_READABLE.has(error.reason)) return {};
    throw error;
  }
}

/** Says something to the asker that others need not see; in a DM it is a message like any other. */
export async function sayPrivately(context: ViewContext, markdown: string): Promise<void> {
  const { question, workspace } = context;
  if (question.isDirect) {
    await postPart(context, 0, { markdown, footer: [] });
    return;
  }
  const message = {
    ...markdownMessage(markdown),
    channel: question.channel,
    user: question.userId,
    ...(question.threadTs !== null && { thread_ts: question.threadTs }),
  };
  try {
    await withTextAlone(message, (body) => workspace.api.call('chat.postEphemeral', body));
  } catch (error) {
    if (!(error instanceof SlackCallError && error.reason === UNKNOWN_METHOD)) throw error;
    await postPart(context, 0, { markdown, footer: [] });
  }
}

function address({ question, requestId }: ViewContext, part: number) {
  const thread = threadOf(question);
  return {
    channel: question.channel,
    ...(thread !== null && { thread_ts: thread }),
    unfurl_links: false,
    unfurl_media: false,
    metadata: { event_type: METADATA_TYPE, event_payload: { request_id: requestId, part } },
  };
}

async function withTextAlone<Body extends { text: string; blocks: types.KnownBlock[] }, Result>(
  body: Body,
  send: (body: Body) => Promise<Result>,
): Promise<Result> {
  try {
    return await send(body);
  } catch (error) {
    if (!(error instanceof SlackCallError && BLOCKS_REFUSED.has(error.reason))) throw error;
    return send({ ...body, text: [body.text, ...sourceTexts(body.blocks)].join('\n'), blocks: [] });
  }
}

/** The lines about sources, which stand in blocks otherwise. */
function sourceTexts(blocks: types.KnownBlock[]): string[] {
  return blocks.flatMap((block) =>
    block.type === 'context' ? block.elements.flatMap((element) => ('text' in element ? element.text : [])) : [],
  );
}
