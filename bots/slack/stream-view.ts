import type { types } from '@slack/bolt';
import { createPacedEditor, type EditOutcome } from '../shared/paced-editor.ts';
import { MARKDOWN_LIMIT } from './answer-blocks.ts';
import { type AnswerView, threadOf, type ViewContext } from './answer-view.ts';
import { createMessageView } from './message-view.ts';
import { findPosted } from './post-message.ts';
import { SlackCallError } from './slack-api.ts';

const APPEND_MS = 800;
/** So long each stream of this process waits for every other one: 75 appends a minute, shared by all. */
const APPEND_MS_PER_STREAM = 800;

interface Shown {
  text: string;
  footer: types.KnownBlock[];
}

/** How many answers are being streamed per workspace by this process; only their pace depends on it. */
export type OpenStreams = Map<string, number>;

/**
 * Shows an answer by Slack's own streaming. Null when Slack refuses, or when the workspace has used up its streams of
 * this minute; then the answer is to be shown as a message.
 */
export async function openStreamView(
  context: ViewContext,
  { openStreams, text }: { openStreams: OpenStreams; text: string },
): Promise<AnswerView | null> {
  const { question, workspace } = context;
  const { api, teamId } = workspace;
  const thread = threadOf(question);
  if (thread === null || !(await api.mayCallNow('chat.startStream'))) return null;

  const { channel } = question;
  const progress = { mode: 'stream' as const, channel, threadTs: thread, more: [] };
  await context.save({ ...progress, ts: null });
  const sentFirst = text.slice(0, MARKDOWN_LIMIT);
  const ts = await start();
  if (ts === null) return null;
  await context.save({ ...progress, ts });
  return createStreamView(context, { ts, sentFirst, openStreams });

  async function start(): Promise<string | null> {
    try {
      const started = await api.callReserved<{ ts?: string }>('chat.startStream', {
        channel,
        thread_ts: thread,
        markdown_text: sentFirst,
        recipient_user_id: question.userId,
        recipient_team_id: question.userTeamId,
      });
      return started.ts ?? null;
    } catch (error) {
      if (!(error instanceof SlackCallError)) throw error;
      context.logger.info({ teamId, reason: error.reason }, 'Slack refused a stream; showing a message instead');
      return error.isUncertain ? findPosted(context, 0) : null;
    }
  }
}

function createStreamView(
  context: ViewContext,
  { ts, sentFirst, openStreams }: { ts: string; sentFirst: string; openStreams: OpenStreams },
): AnswerView {
  const { question, workspace } = context;
  const { api, teamId } = workspace;
  const { channel } = question;
  let sent = sentFirst.length;
  /** Slack ended the stream (a person pressed Stop), or what it holds is uncertain: the message is edited at the end. */
  let isBroken = false;
  count(1);

  function count(change: number): void {
    openStreams.set(teamId, (openStreams.get(teamId) ?? 0) + change);
  }

  const editor = createPacedEditor<Shown>({
    minIntervalMs: APPEND_MS,
    edit: async (shown, { isLast }) => {
      if (isLast) await end(shown);
      else return append(shown.text);
    },
    onError: (error) => context.logger.warn({ turnId: context.turnId, err: error }, 'a stream broke off'),
  });

  async function append(text: string): Promise<EditOutcome | undefined> {
    // What one message cannot hold is shown at the end, split where it may be.
    if (isBroken || text.length > MARKDOWN_LIMIT || text.length <= sent) return undefined;
    const next = await api.nextTurnFor('chat.appendStream');
    if (!next.isGranted) return { pauseMs: next.delayMs };
    try {
      await api.callReserved('chat.appendStream', { channel, ts, markdown_text: text.slice(sent) });
      sent = text.length;
    } catch (error) {
      isBroken = true;
      throw error;
    }
    return { pauseMs: APPEND_MS_PER_STREAM * (openStreams.get(teamId) ?? 1) };
  }

  /** The end of a stream takes a call of tier 2; where that has to wait, the rest of the text does not. */
  async function end({ text, footer }: Shown): Promise<void> {
    count(-1);
    const isOneMessage = text.length <= MARKDOWN_LIMIT;
    const isReserved = await api.mayCallNow('chat.stopStream');
    if (!isReserved && !isBroken && isOneMessage && text.length > sent) await appendRest(text);
    const isWhole = isOneMessage && !isBroken;
    const rest = isWhole ? text.slice(sent) : '';
    const isStopped = await stop(
      { ...(rest !== '' && { markdown_text: rest }), ...(isWhole && { blocks: footer }) },
      isReserved,
    );
    if (isStopped && isWhole) return;
    if (!isStopped && isWhole) await stop({}, false);
    await createMessageView(context, { ts, more: [] }).finish(text, footer);
  }

  async function appendRest(text: string): Promise<void> {
    try {
      await api.call('chat.appendStream', { channel, ts, markdown_text: text.slice(sent) });
      sent = text.length;
    } catch {
      isBroken = true;
    }
  }

  async function stop(more: Record<string, unknown>, isReserved: boolean): Promise<boolean> {
    try {
      const args = { channel, ts, ...more };
      await (isReserved ? api.callReserved('chat.stopStream', args) : api.call('chat.stopStream', args));
      return true;
    } catch (error) {
      context.logger.info({ turnId: context.turnId, err: error }, 'a stream could not be stopped as it should');
      return false;
    }
  }

  return {
    show: (text) => {
      if (text.length > sent) editor.show({ text, footer: [] });
    },
    finish: (text, footer) => editor.finish({ text, footer }),
  };
}
