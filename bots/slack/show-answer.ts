import { AppError } from '../../core/errors.ts';
import { isCut, type Message, type MessageSource } from '../../core/messages/message.ts';
import type { TurnEvent } from '../../core/turns/turn-event.ts';
import { closeFence } from '../shared/close-fence.ts';
import { errorSentence } from '../shared/error-sentence.ts';
import { footerBlocks } from './answer-blocks.ts';
import { type AnswerView, HandedOverError, type ViewContext } from './answer-view.ts';
import { createMentionDisarmer } from './disarm-mentions.ts';
import { createMessageView } from './message-view.ts';
import { findPosted } from './post-message.ts';
import { createReplyView } from './reply-view.ts';
import { showElsewhere } from './show-elsewhere.ts';
import type { Progress } from './slack-requests-repository.ts';
import { type OpenStreams, openStreamView } from './stream-view.ts';

/** Blank lines before an answer; its first line may be indented. */
const BLANK_BEGINNING = /^(?:[ \t]*\n)+|^\s+$/;

export interface ShowOptions {
  openStreams: OpenStreams;
  /** What an earlier process had posted of it. */
  progress: Progress | null;
  /** Whether what was posted is the answer to other words, which this one takes the place of. */
  isOtherTurn: boolean;
  canShare: boolean;
}

/** Shows the answer of a turn from its first word to its sources and buttons, or one sentence about why there is none. */
export async function showAnswer(
  context: ViewContext,
  turnId: string,
  events: AsyncIterable<TurnEvent>,
  options: ShowOptions,
): Promise<void> {
  let disarmer = createMentionDisarmer();
  let view = await resumeView(context, options);
  let currentId = turnId;
  let text = '';
  let sources: MessageSource[] = [];
  let answer: Message | null = null;
  let notices: string[] = [];
  let failure: string | null = null;

  try {
    for await (const event of events) {
      if (event.type === 'sources') sources = event.sources;
      else if (event.type === 'done') ({ answer, notices = [] } = event);
      else if (event.type === 'restart') {
        currentId = event.turnId;
        await context.requests.saveTurn(context.requestId, currentId);
        [text, sources, disarmer] = ['', [], createMentionDisarmer()];
      } else {
        text = (text + disarmer.push(event.text)).replace(BLANK_BEGINNING, '');
        if (text === '') continue;
        view ??= await openView(context, text, options.openStreams);
        view.show(text);
      }
    }
  } catch (error) {
    failure = toFailure(error, context, currentId);
  }

  text += disarmer.flush();
  const ending = failure ?? (answer?.status === 'interrupted' ? 'Stopped.' : null);
  const isCutShort = answer !== null && isCut(answer);
  if (isCutShort) text = closeFence(text);
  if (ending !== null) text = text.trim() === '' ? ending : `${closeFence(text)}\n\n_${ending}_`;
  view ??= await openView(context, text, null);
  const footer = footerBlocks({
    turnId: currentId,
    messageId: answer?.id ?? null,
    sources,
    text,
    canShare: options.canShare,
    isFailure: failure !== null,
    isCut: isCutShort,
    notices,
  });
  try {
    await view.finish(text, footer);
  } catch (error) {
    await showElsewhere(context, error, { text, footer });
  }
}

/** A turn that another process goes on with is no failure: that one shows it. */
function toFailure(error: unknown, { logger }: ViewContext, turnId: string): string {
  if (error instanceof HandedOverError) throw error;
  if (error instanceof AppError && (error.code === 'shutting_down' || error.code === 'conflict')) {
    throw new HandedOverError('the turn goes on elsewhere', { cause: error });
  }
  logger.warn({ turnId, err: error }, 'a turn failed; the asker is told');
  return errorSentence(error, { turnId });
}

/** @param openStreams null when there is nothing to stream any more */
async function openView(context: ViewContext, text: string, openStreams: OpenStreams | null): Promise<AnswerView> {
  const { responseUrl } = context.question;
  if (responseUrl !== null) return createReplyView(context, responseUrl);
  const stream = openStreams && (await openStreamView(context, { openStreams, text }));
  return stream ?? createMessageView(context);
}

/** Goes on in the message that a process left behind, if there is one; a stream is ended and edited instead. */
async function resumeView(context: ViewContext, { progress, isOtherTurn }: ShowOptions): Promise<AnswerView | null> {
  if (progress === null || progress.mode === 'none' || progress.mode === 'reply') return null;
  const ts = progress.ts ?? (await findPosted(context, 0));
  if (ts !== null && progress.mode === 'stream') {
    // Refused when Slack has ended it by itself: then there is nothing to end.
    await context.workspace.api.call('chat.stopStream', { channel: progress.channel, ts }).catch(() => {});
  }
  return createMessageView(context, { posted: [ts, ...progress.more], isResumed: !isOtherTurn });
}
