import type { types } from '@slack/bolt';
import { createPacedEditor } from '../shared/paced-editor.ts';
import { splitMarkdown } from '../shared/split-markdown.ts';
import { markdownMessage, stopBlock } from './answer-blocks.ts';
import type { AnswerView, ViewContext } from './answer-view.ts';
import { MESSAGE_SIZE } from './message-size.ts';
import { isTooLong } from './post-message.ts';
import { respond, respondWith } from './respond.ts';
import { showParts } from './show-parts.ts';
import { tellAsker } from './tell-asker.ts';

/** Between two looks at an answer on its way; one that is ready sooner is shown at once. */
const LOOK_MS = 4000;
const EDIT_MS = 500;
/** A response_url may be used five times within 30 minutes: two for an answer on its way, three for its parts. */
const MOST_EDITS = 2;
const MOST_PARTS = 3;

interface Shown {
  text: string;
  footer: types.KnownBlock[];
}

/** Shows an answer to the asker alone, through the address Slack gave for replies. */
export function createReplyView(context: ViewContext, responseUrl: string): AnswerView {
  const { turnId } = context;
  let edits = 0;
  let lookedAt = Date.now();
  /** What the address takes no more of is said in another way. */
  let repliesLeft = MOST_PARTS;

  const editor = createPacedEditor<Shown>({
    minIntervalMs: EDIT_MS,
    edit: async ({ text, footer }, { isLast }) => {
      if (isLast) return showAll(text, footer);
      const [markdown = ''] = splitMarkdown(text, MESSAGE_SIZE);
      await respond(responseUrl, {
        ...markdownMessage(`${markdown} …`, turnId === null ? [] : [stopBlock(turnId)]),
        replace_original: true,
      });
    },
    onError: (error) => context.logger.warn({ turnId, err: error }, 'a private answer could not be edited'),
  });

  async function showAll(text: string, footer: types.KnownBlock[]): Promise<undefined> {
    let shown = 0;
    await showParts(text, async (parts) => {
      for (const [index, markdown] of parts.entries()) {
        const content = { markdown, footer: index === parts.length - 1 ? footer : [] };
        if (await reply(content, shown === 0)) shown += 1;
        else await tellElsewhere(content);
      }
    });
  }

  async function reply(
    content: { markdown: string; footer: types.KnownBlock[] },
    isReplacing: boolean,
  ): Promise<boolean> {
    if (repliesLeft === 0) return false;
    repliesLeft -= 1;
    try {
      await respondWith(responseUrl, content, isReplacing);
      return true;
    } catch (error) {
      if (isTooLong(error)) throw error;
      repliesLeft = 0;
      return false;
    }
  }

  function tellElsewhere({ markdown, footer }: { markdown: string; footer: types.KnownBlock[] }): Promise<void> {
    return tellAsker({ ...context, question: { ...context.question, responseUrl: null } }, markdown, { footer });
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
