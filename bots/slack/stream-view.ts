import type { types } from '@slack/bolt';
import { closeFence, openingOfFence } from '../shared/close-fence.ts';
import { createPacedEditor, type EditOutcome } from '../shared/paced-editor.ts';
import { splitFirstPart } from '../shared/split-markdown.ts';
import { type AnswerView, threadOf, type ViewContext } from './answer-view.ts';
import { fitText, MESSAGE_SIZE, slackSize } from './message-size.ts';
import { createMessageView } from './message-view.ts';
import { findPosted } from './post-message.ts';
import { SlackCallError } from './slack-api.ts';

const APPEND_MS = 800;
/** So long each stream of this process waits for every other one: 75 appends a minute, shared by all. */
const APPEND_MS_PER_STREAM = 800;

const MOST_IN_STREAM = MESSAGE_SIZE.limit;
/** Sent as it comes; what is beyond waits for a good place to go on in a next message. */
const SENT_AT_ONCE = 8000;
/** An answer that is complete meanwhile waits no longer to be shown. */
const LONGEST_PAUSE_MS = 3000;

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
  const sentFirst = fitText(text, SENT_AT_ONCE);
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
  const posted: (string | null)[] = [ts];
  let sent = sentFirst;
  /** Slack ended the stream (a person pressed Stop), or what it holds is uncertain: the message is edited at the end. */
  let isBroken = false;
  /** What this stream's message cannot hold goes on in messages after it. */
  let rest: { view: AnswerView; begun: string; textOf(whole: string): string } | null = null;
  count(1);

  function count(change: number): void {
    openStreams.set(teamId, (openStreams.get(teamId) ?? 0) + change);
  }

  const editor = createPacedEditor<Shown>({
    minIntervalMs: APPEND_MS,
    edit: async ({ text, footer }, { isLast }) => {
      if (!text.startsWith(rest?.begun ?? sent)) await replaceAll();
      if (rest === null && !isBroken && slackSize(text) > MOST_IN_STREAM) await goOnElsewhere(text);
      if (rest === null) return isLast ? end(text, footer) : append(text);
      if (!isLast) rest.view.show(rest.textOf(text));
      else await rest.view.finish(rest.textOf(text), footer);
    },
    onError: (error) => context.logger.warn({ turnId: context.turnId, err: error }, 'a stream broke off'),
  });

  /** It is the answer to other words now: a stream takes nothing back, so its message is edited from here on. */
  async function replaceAll(): Promise<void> {
    if (rest === null) {
      await stop({}, false);
      count(-1);
    }
    rest = { view: createMessageView(context, { posted }), begun: '', textOf: (whole) => whole };
  }

  async function append(text: string): Promise<EditOutcome | undefined> {
    // The end of what one message holds is kept back until it is known where it may be cut.
    const next = fitText(text, SENT_AT_ONCE);
    if (isBroken || next.length <= sent.length) return undefined;
    const turn = await api.nextTurnFor('chat.appendStream');
    if (!turn.isGranted) return { pauseMs: Math.min(turn.delayMs, LONGEST_PAUSE_MS) };
    try {
      await api.callReserved('chat.appendStream', { channel, ts, markdown_text: next.slice(sent.length) });
      sent = next;
    } catch (error) {
      isBroken = true;
      throw error;
    }
    return { pauseMs: APPEND_MS_PER_STREAM * (openStreams.get(teamId) ?? 1) };
  }

  /** Ends the stream where the text may be cut, as it cannot take back what it has shown. */
  async function goOnElsewhere(text: string): Promise<void> {
    const { part, rest: others } = splitBehind(text, sent);
    const missing = part.slice(sent.length);
    if (!(await stop(missing === '' ? {} : { markdown_text: missing }, false))) {
      isBroken = true;
      return;
    }
    count(-1);
    const view = createMessageView(context, { posted, complete: 1 });
    rest = { view, begun: text, textOf: (whole) => others + whole.slice(text.length) };
  }

  /** The end of a stream takes a call of tier 2; where that has to wait, the rest of the text does not. */
  async function end(text: string, footer: types.KnownBlock[]): Promise<undefined> {
    count(-1);
    const isReserved = await api.mayCallNow('chat.stopStream');
    if (!isReserved && !isBroken && text.length > sent.length) await appendRest(text);
    const isWhole = !isBroken;
    const missing = isWhole ? text.slice(sent.length) : '';
    const isStopped = await stop(
      { ...(missing !== '' && { markdown_text: missing }), ...(isWhole && { blocks: footer }) },
      isReserved,
    );
    if (isStopped && isWhole) return;
    if (!isStopped && isWhole) await stop({}, false);
    await createMessageView(context, { posted }).finish(text, footer);
  }

  async function appendRest(text: string): Promise<void> {
    try {
      await api.call('chat.appendStream', { channel, ts, markdown_text: text.slice(sent.length) });
      sent = text;
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
    show: (text) => editor.show({ text, footer: [] }),
    finish: (text, footer) => editor.finish({ text, footer }),
  };
}

/** Cuts a text that is too long for one message, behind what was shown of it. */
function splitBehind(text: string, shown: string): { part: string; rest: string } {
  const split = splitFirstPart(text, MESSAGE_SIZE);
  if (split?.part.startsWith(shown.trimEnd())) return split;
  const opening = openingOfFence(shown);
  const rest = text.slice(shown.length);
  return { part: closeFence(shown), rest: opening === null ? rest : `${opening}\n${rest}` };
}
