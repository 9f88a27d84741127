import type { types } from '@slack/bolt';
import { createPacedEditor } from '../shared/paced-editor.ts';
import { splitMarkdown } from '../shared/split-markdown.ts';
import { MARKDOWN_LIMIT, stopBlock } from './answer-blocks.ts';
import { type AnswerView, threadOf, type ViewContext } from './answer-view.ts';
import { postPart, updatePart } from './post-message.ts';
import { SlackCallError, UNKNOWN_METHOD } from './slack-api.ts';

/** Nothing reads faster; how often a workspace may edit in all is for the shared budget to say. */
const EDIT_MS = 1200;
/** The first message cannot be edited any more: a person deleted it, or the workspace forbids late edits. */
const NOT_EDITABLE = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed', UNKNOWN_METHOD]);

interface Shown {
  text: string;
  footer: types.KnownBlock[];
}

/** Where an answer stands that was begun before, here or by a process that died. */
export interface BegunMessage {
  ts: string;
  more: string[];
}

/**
 * Shows an answer as a message that is edited while it grows. In a busy workspace, whose budget of edits is spent, it
 * is posted whole when it is complete. What one message cannot hold goes on in the next.
 */
export function createMessageView(context: ViewContext, begun: BegunMessage | null = null): AnswerView {
  const { api } = context.workspace;
  let ts = begun?.ts ?? null;
  const more = begun?.more ?? [];
  /** True when there was no room for edits at the beginning: then the answer is posted once, at the end. */
  let isQuiet = false;

  const editor = createPacedEditor<Shown>({
    minIntervalMs: EDIT_MS,
    edit: async (shown, { isLast }) => {
      if (isLast) await showAll(shown);
      else if (!isQuiet) return showBeginning(shown.text);
    },
    onError: (error) => context.logger.warn({ turnId: context.turnId, err: error }, 'an answer could not be edited'),
  });

  async function saveProgress(): Promise<void> {
    const { question } = context;
    await context.save({ mode: 'message', channel: question.channel, threadTs: threadOf(question), ts, more });
  }

  async function showBeginning(text: string): Promise<{ pauseMs: number } | undefined> {
    const [markdown = ''] = splitMarkdown(text, { limit: MARKDOWN_LIMIT });
    const footer = context.turnId === null ? [] : [stopBlock(context.turnId)];
    const next = await api.nextTurnFor('chat.update');
    if (ts !== null) {
      if (!next.isGranted) return { pauseMs: next.delayMs };
      await updatePart(context, ts, { markdown: `${markdown} …`, footer });
      return undefined;
    }
    if (!next.isGranted) {
      isQuiet = true;
      return undefined;
    }
    await postFirst({ markdown: `${markdown} …`, footer });
    return undefined;
  }

  async function postFirst(content: { markdown: string; footer: types.KnownBlock[] }): Promise<void> {
    await saveProgress();
    ts = await postPart(context, 0, content);
    await saveProgress();
  }

  async function showFirst(content: { markdown: string; footer: types.KnownBlock[] }): Promise<void> {
    if (ts === null) return postFirst(content);
    try {
      await updatePart(context, ts, content);
    } catch (error) {
      if (!(error instanceof SlackCallError && NOT_EDITABLE.has(error.reason))) throw error;
      ts = null;
      await postFirst(content);
    }
  }

  async function showAll({ text, footer }: Shown): Promise<void> {
    const parts = splitMarkdown(text, { limit: MARKDOWN_LIMIT });
    const last = Math.max(0, parts.length - 1);
    for (let part = 0; part <= last; part += 1) {
      const content = { markdown: parts[part] ?? '', footer: part === last ? footer : [] };
      const posted = more[part - 1];
      if (part === 0) await showFirst(content);
      else if (posted) await updatePart(context, posted, content);
      else {
        more.push(await postPart(context, part, content));
        await saveProgress();
      }
    }
  }

  return {
    show: (text) => editor.show({ text, footer: [] }),
    finish: (text, footer) => editor.finish({ text, footer }),
  };
}
