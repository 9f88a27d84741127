import type { types } from '@slack/bolt';
import { markdownMessage } from './answer-blocks.ts';
import { threadOf, type ViewContext } from './answer-view.ts';
import { fitText, slackSize, TEXT_SIZE } from './message-size.ts';
import { toMrkdwn } from './mrkdwn.ts';
import { SlackCallError, UNKNOWN_METHOD } from './slack-api.ts';

const METADATA_TYPE = 'parley_answer';
const TRIES = 3;
const NOT_READABLE = new Set([
  UNKNOWN_METHOD,
  'missing_scope',
  'not_in_channel',
  'channel_not_found',
  'thread_not_found',
]);
/** Slack knows a block it does not like by these words; text it always takes. */
const BLOCKS_REFUSED = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
  'block_mismatch',
  'invalid_arguments',
]);
const TOO_LONG = 'msg_too_long';

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
      const { ts } = await sendContent(content, (body) =>
        api.call<Posted>('chat.postMessage', { ...body, ...address(context, part) }),
      );
      return ts ?? '';
    } catch (error) {
      if (!(error instanceof SlackCallError && error.isUncertain) || tried === TRIES) throw error;
      const found = await findPosted(context, part);
      if (found !== null) return found;
    }
  }
}

/** @param options.isReserved whether the budget has granted this edit already */
export async function updatePart(
  context: ViewContext,
  ts: string,
  content: MessageContent,
  { isReserved = false }: { isReserved?: boolean } = {},
): Promise<void> {
  const { api } = context.workspace;
  let isSpent = !isReserved;
  await sendContent(content, (body) => {
    const args = { ...body, channel: context.question.channel, ts };
    if (isSpent) return api.call('chat.update', args);
    isSpent = true;
    return api.callReserved('chat.update', args);
  });
}

/** Takes a message of ours away; where that is refused, it says that it no longer counts. */
export async function removePart(context: ViewContext, ts: string): Promise<void> {
  const { channel } = context.question;
  try {
    await context.workspace.api.call('chat.delete', { channel, ts });
  } catch (error) {
    if (error instanceof SlackCallError && error.reason === 'message_not_found') return;
    await updatePart(context, ts, { markdown: '_The answer above is all of it._', footer: [] }).catch(() => {});
  }
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
    if (!(error instanceof SlackCallError)) throw error;
    if (NOT_READABLE.has(error.reason)) return {};
    // Posting again without having looked could show it twice: this is tried once more, later.
    throw error.reason === 'ratelimited'
      ? new SlackCallError('conversations.replies', 'busy', { cause: error })
      : error;
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

/**
 * Sends a message's content as Slack shows it best or, where its blocks are refused, as text alone.
 * @throws SlackCallError `msg_too_long` when it has to be split: see `isTooLong`
 */
export async function sendContent<Result>(
  { markdown, footer }: MessageContent,
  send: (body: { text: string; blocks: types.KnownBlock[] }) => Promise<Result>,
): Promise<Result> {
  try {
    return await send(markdownMessage(markdown, footer));
  } catch (error) {
    if (!(error instanceof SlackCallError && BLOCKS_REFUSED.has(error.reason))) throw error;
    const text = toMrkdwn(markdown);
    const room = TEXT_SIZE - slackSize(text) - 1;
    if (room < 0) throw new SlackCallError('text', TOO_LONG, { cause: error });
    const sources = fitText(sourceTexts(footer).join('\n'), room);
    return send({ text: [text, sources.trimEnd()].filter(Boolean).join('\n') || ' ', blocks: [] });
  }
}

/** Whether shorter messages could be shown where these could not. */
export function isTooLong(error: unknown): boolean {
  return error instanceof SlackCallError && (error.reason === TOO_LONG || error.reason === 'msg_blocks_too_long');
}

/** The lines about sources, which stand in blocks otherwise. */
function sourceTexts(blocks: types.KnownBlock[]): string[] {
  return blocks.flatMap((block) =>
    block.type === 'context' ? block.elements.flatMap((element) => ('text' in element ? element.text : [])) : [],
  );
}
