import type { types } from '@slack/bolt';
import { createPacedEditor } from '../shared/paced-editor.ts';
import { splitMarkdown } from '../shared/split-markdown.ts';
import { MARKDOWN_LIMIT, markdownMessage, stopBlock } from './answer-blocks.ts';
import type { AnswerView, ViewContext } from './answer-view.ts';

/** Between two looks at an answer on its way; one that is ready sooner is shown at once. */
const LOOK_MS = 4000;
const EDIT_MS = 500;
const TIMEOUT_MS = 10_000;
/** A response_url may be used five times within 30 minutes: two for an answer on its way, three for its parts. */
const MOST_EDITS = 2;
const MOST_PARTS = 3;

interface Shown {
  text: string;
  footer: types.KnownBlock[];
}

/** Shows an answer to the asker alone, through the address Slack gave for replies. */
export function createReplyView(context: ViewContext, responseUrl: string): AnswerView {
  const { question, workspace, turnId } = context;
  let edits = 0;
  let lookedAt = Date.now();

  const editor = createPacedEditor<Shown>({
    minIntervalMs: EDIT_MS,
    edit: async ({ text, footer }, { isLast }) => {
      if (isLast) return showAll(text, footer);
      const [markdown = ''] = splitMarkdown(text, { limit: MARKDOWN_LIMIT });
      await respond(responseUrl, {
        ...markdownMessage(`${markdown} …`, turnId === null ? [] : [stopBlock(turnId)]),
        replace_original: true,
      });
    },
    onError: (error) => context.logger.warn({ turnId, err: error }, 'a private answer could not be edited'),
  });

  async function showAll(text: string, footer: types.KnownBlock[]): Promise<undefined> {
    const parts = splitMarkdown(text, { limit: MARKDOWN_LIMIT });
    const last = Math.max(0, parts.length - 1);
    for (let part = 0; part <= last; part += 1) {
      const message = markdownMessage(parts[part] ?? '', part === last ? footer : []);
      const isReplied =
        part < MOST_PARTS &&
        (await respond(responseUrl, { ...message, replace_original: part === 0 }).then(
          () => true,
          () => false,
        ));
      if (!isReplied) await sayElsewhere(message);
    }
  }

  /** The address has run out: it is said where the question was asked or, where we cannot, in a DM. */
  async function sayElsewhere(message: ReturnType<typeof markdownMessage>): Promise<void> {
    const { api } = workspace;
    const user = question.userId;
    try {
      await api.call('chat.postEphemeral', { ...message, channel: question.channel, user });
    } catch {
      const { channel } = await api.call<{ channel?: { id?: string } }>('conversations.open', { users: user });
      await api.call('chat.postMessage', {
        ...message,
        channel: channel?.id,
        unfurl_links: false,
        unfurl_media: false,
      });
    }
  }

  return {
    show(text) {
      if (edits === MOST_EDITS || Date.now() - lookedAt < LOOK_MS) return;
      edits += 1;
      lookedAt = Date.now();
      editor.show({ text, footer: [] });
    },
    finish: (text, footer) => editor.finish({ text, footer }),
  };
}

/** Sends a message to a response_url; only the asker sees it unless `response_type` says otherwise. */
export async function respond(responseUrl: string, message: Record<string, unknown>): Promise<void> {
  const response = await fetch(responseUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ response_type: 'ephemeral', unfurl_links: false, unfurl_media: false, ...message }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`Slack refused a reply with status ${response.status}`);
}
