import type { types } from '@slack/bolt';
import { threadOf, type ViewContext } from './answer-view.ts';
import { postPart, sendContent } from './post-message.ts';
import { respondWith } from './respond.ts';
import { showParts } from './show-parts.ts';
import { SlackCallError, UNKNOWN_METHOD } from './slack-api.ts';

type Way = (markdown: string, footer: types.KnownBlock[]) => Promise<void>;

/** What passes by itself: worth another try in the same place. */
const PASSING = new Set([
  'unreachable',
  'busy',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'streaming_state_conflict',
]);

/** Whether the same may work a little later. */
export function isPassing(error: unknown): boolean {
  return error instanceof SlackCallError && PASSING.has(error.reason);
}

/**
 * Says something to the asker that others need not see, in the first way that Slack lets us; in a DM it is a message
 * like any other.
 * @param options.mayReplace whether it may take the place of what their command shows
 * @throws what passes, or what the last way failed with
 */
export async function tellAsker(
  context: ViewContext,
  markdown: string,
  { footer = [], mayReplace = false }: { footer?: types.KnownBlock[]; mayReplace?: boolean } = {},
): Promise<void> {
  const ways = waysToAsker(context, mayReplace);
  for (const [index, way] of ways.entries()) {
    try {
      return await way(markdown, footer);
    } catch (error) {
      if (index === ways.length - 1 || isPassing(error)) throw error;
    }
  }
}

function waysToAsker(context: ViewContext, mayReplace: boolean): Way[] {
  const { question, workspace } = context;
  const { api } = workspace;
  const { responseUrl, channel, threadTs, userId: user } = question;

  const inReply: Way = (markdown, footer) => respondWith(responseUrl ?? '', { markdown, footer }, mayReplace);
  const inThread: Way = (markdown, footer) =>
    showParts(markdown, async (parts) => {
      for (const [part, text] of parts.entries()) {
        await postPart(context, part, { markdown: text, footer: part === parts.length - 1 ? footer : [] });
      }
    });
  const toThemAlone: Way = async (markdown, footer) => {
    const place = { channel, user, ...(threadTs !== null && { thread_ts: threadTs }) };
    try {
      await inParts(markdown, footer, 'chat.postEphemeral', async () => place);
    } catch (error) {
      if (!(error instanceof SlackCallError && error.reason === UNKNOWN_METHOD)) throw error;
      await (responseUrl === null ? inThread : inDirectMessage)(markdown, footer);
    }
  };
  const inDirectMessage: Way = (markdown, footer) =>
    inParts(markdown, footer, 'chat.postMessage', async () => {
      const opened = await api.call<{ channel?: { id?: string } }>('conversations.open', { users: user });
      return { channel: opened.channel?.id, unfurl_links: false, unfurl_media: false };
    });

  async function inParts(
    markdown: string,
    footer: types.KnownBlock[],
    method: string,
    findPlace: () => Promise<Record<string, unknown>>,
  ): Promise<void> {
    const place = await findPlace();
    await showParts(markdown, async (parts) => {
      for (const [part, text] of parts.entries()) {
        const content = { markdown: text, footer: part === parts.length - 1 ? footer : [] };
        await sendContent(content, (body) => api.call(method, { ...body, ...place }));
      }
    });
  }

  if (responseUrl !== null) return [inReply, toThemAlone, inDirectMessage];
  if (question.isDirect) return threadOf(question) === null ? [inDirectMessage] : [inThread, inDirectMessage];
  return [toThemAlone, inDirectMessage, inThread];
}
