import type { types } from '@slack/bolt';
import { createPacedEditor } from '../shared/paced-editor.ts';
import { createStreamSplitter } from '../shared/stream-splitter.ts';
import { stopBlock } from './answer-blocks.ts';
import { type AnswerView, threadOf, type ViewContext } from './answer-view.ts';
import { MESSAGE_SIZE } from './message-size.ts';
import { findPosted, type MessageContent, postPart, removePart, updatePart } from './post-message.ts';
import { showParts } from './show-parts.ts';
import { SlackCallError, UNKNOWN_METHOD } from './slack-api.ts';

/** Nothing reads faster; how often a workspace may edit in all is for the shared budget to say. */
const EDIT_MS = 1200;
/** A message cannot be edited any more: a person deleted it, or the workspace forbids late edits. */
const NOT_EDITABLE = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed', UNKNOWN_METHOD]);
/** An answer that is complete meanwhile waits no longer to be shown. */
const LONGEST_PAUSE_MS = 3000;

interface Shown {
  text: string;
  footer: types.KnownBlock[];
}

interface ShowOptions {
  /** Whether the budget has granted an edit for it already. */
  isReserved: boolean;
  isLast: boolean;
}

/** The messages of an answer that was begun before: here by a stream, or by a process that died. */
export interface BegunMessages {
  /** Oldest first; null for one of which it is not known whether it was posted. */
  posted: (string | null)[];
  /** How many of them are complete, and not for this view to show. */
  complete?: number;
  /** Whether another process may have posted more than it could note. */
  isResumed?: boolean;
}

/**
 * Shows an answer as messages that are edited while it grows: what one cannot hold goes on in the next. In a busy
 * workspace, whose budget of edits is spent, it is posted whole when it is complete.
 */
export function createMessageView(context: ViewContext, begun: BegunMessages = { posted: [] }): AnswerView {
  const { api } = context.workspace;
  const { posted, complete = 0, isResumed = false } = begun;
  /** What each message shows, so that it is not shown again. */
  const contents: string[] = [];
  let splitter = createStreamSplitter(MESSAGE_SIZE);
  let seen = '';
  /** True when there was no room for edits at the beginning: then the answer is posted once, at the end. */
  let isQuiet = false;

  const editor = createPacedEditor<Shown>({
    minIntervalMs: EDIT_MS,
    edit: async (shown, { isLast }) => {
      if (isLast) await showWhole(shown);
      else if (!isQuiet) return showBeginning(shown.text);
    },
    onError: (error) => context.logger.warn({ turnId: context.turnId, err: error }, 'an answer could not be edited'),
  });

  async function saveProgress(): Promise<void> {
    const [ts = null, ...others] = posted;
    const more = others.filter((other) => other !== null);
    const { question } = context;
    await context.save({ mode: 'message', channel: question.channel, threadTs: threadOf(question), ts, more });
  }

  async function showBeginning(text: string): Promise<{ pauseMs: number } | undefined> {
    if (!text.startsWith(seen)) [splitter, seen] = [createStreamSplitter(MESSAGE_SIZE), ''];
    const parts = splitter.push(text.slice(seen.length));
    seen = text;
    const stop = context.turnId === null ? [] : [stopBlock(context.turnId)];
    for (const [index, part] of parts.entries()) {
      const isGrowing = index === parts.length - 1;
      const content = isGrowing ? { markdown: withDots(part), footer: stop } : { markdown: part, footer: [] };
      if (isShown(index, content)) continue;
      const next = await api.nextTurnFor('chat.update');
      if (!next.isGranted && posted.length === complete) isQuiet = true;
      if (!next.isGranted) return isQuiet ? undefined : { pauseMs: Math.min(next.delayMs, LONGEST_PAUSE_MS) };
      await show(index, content, { isReserved: true, isLast: false });
    }
    return undefined;
  }

  async function showWhole({ text, footer }: Shown): Promise<void> {
    const isGrown = seen !== '' && text.startsWith(seen);
    if (isGrown) splitter.push(text.slice(seen.length));
    await showParts(text, (parts) => showAll(parts, footer), isGrown ? splitter.end() : undefined);
  }

  async function showAll(parts: string[], footer: types.KnownBlock[]): Promise<void> {
    for (const [index, markdown] of parts.entries()) {
      const content = { markdown, footer: index === parts.length - 1 ? footer : [] };
      if (!isShown(index, content)) await show(index, content, { isReserved: false, isLast: true });
    }
    const unnoted = isResumed ? await findPosted(context, Math.max(posted.length, complete + parts.length)) : null;
    const surplus = [...posted.splice(complete + parts.length), unnoted];
    for (const ts of surplus) if (ts !== null) await removePart(context, ts);
    if (surplus.some((ts) => ts !== null)) await saveProgress();
  }

  const isShown = (index: number, content: MessageContent) => contents[index] === JSON.stringify(content);

  async function show(index: number, content: MessageContent, options: ShowOptions): Promise<void> {
    const part = complete + index;
    const ts = posted[part] ?? (isResumed ? await findPosted(context, part) : null);
    if (!ts || !(await edit(ts, content, options))) await post(part, content);
    else posted[part] = ts;
    contents[index] = JSON.stringify(content);
  }

  /** False when that message is not to be edited any more. */
  async function edit(ts: string, content: MessageContent, { isReserved, isLast }: ShowOptions): Promise<boolean> {
    try {
      await updatePart(context, ts, content, { isReserved });
      return true;
    } catch (error) {
      if (!(error instanceof SlackCallError)) throw error;
      // Edits are limited more than posts: the whole answer does not wait for them.
      const isBusy = isLast && error.reason === 'ratelimited';
      if (!isBusy && !NOT_EDITABLE.has(error.reason)) throw error;
      if (isBusy) await api.call('chat.delete', { channel: context.question.channel, ts }).catch(() => {});
      return false;
    }
  }

  async function post(part: number, content: MessageContent): Promise<void> {
    posted[part] = null;
    if (part === 0) await saveProgress();
    posted[part] = await postPart(context, part, content);
    await saveProgress();
  }

  return {
    show: (text) => editor.show({ text, footer: [] }),
    finish: (text, footer) => editor.finish({ text, footer }),
  };
}

/** Dots behind the end of a code block would keep it open. */
function withDots(part: string): string {
  return /(```|~~~)$/.test(part) ? `${part}\n…` : `${part} …`;
}
