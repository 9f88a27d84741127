import { setTimeout as sleep } from 'node:timers/promises';
import { DiscordAPIError } from 'discord.js';
import { AppError } from '../../core/errors.ts';
import type { MessageSource } from '../../core/messages/message.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { TurnEvent } from '../../core/turns/turn-event.ts';
import { errorSentence } from '../shared/error-sentence.ts';
import { createPacedEditor } from '../shared/paced-editor.ts';
import type { AnswerMessages } from './answer-messages.ts';
import { type AnswerPhase, toMessageBodies } from './answer-view.ts';

export interface ShowAnswerOptions {
  turnId: string;
  events: AsyncIterable<TurnEvent>;
  messages: AnswerMessages;
  now(): number;
  /** Does something in so long, unless what it gives is called. */
  after(ms: number, work: () => void): () => void;
  minEditIntervalMs: number;
  logger: Logger;
  /** Aborted when whatever goes on is left to the next process. */
  leaving: AbortSignal;
}

/** What is left of an interaction's time when its answer moves to ordinary messages. */
const MARGIN = 1 / 15;

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 64_000;

/** Somebody else ends this answer: another process, which edits the same messages. */
const CONTINUED_ELSEWHERE = new Set(['shutting_down', 'conflict']);

/** Shows an answer while it is written, in edits that Discord allows, and to its end whatever happens. */
export async function showAnswer(options: ShowAnswerOptions): Promise<void> {
  const { messages, logger } = options;
  let { turnId } = options;
  let text = '';
  let sources: MessageSource[] = [];
  // No longer once the answer has moved to a direct message.
  const canOpenThread = () => messages.delivery.canOpenThread && messages.delivery.guildId !== null;
  const view = (phase: AnswerPhase) =>
    toMessageBodies({ turnId, text, sources, phase, canOpenThread: canOpenThread(), note: messages.delivery.note });
  const editor = createPacedEditor<AnswerPhase>({
    minIntervalMs: options.minEditIntervalMs,
    clock: { now: () => new Date(options.now()) },
    onError: (error) => logger.warn({ turnId, err: error }, 'an answer on its way could not be shown'),
    async edit(phase, { isLast }) {
      const delayMs = isLast ? 0 : messages.delayMs();
      if (delayMs > 0) return { retryAfterMs: delayMs };
      await messages.show(view(phase));
    },
  });
  const stay = leaveInTime(options, () => view({ kind: 'writing' }));

  let ending: AnswerPhase | null;
  try {
    ending = await readToEnd(options, (event) => {
      if (event.type === 'sources') sources = event.sources;
      if (event.type === 'restart') {
        [turnId, text, sources] = [event.turnId, '', []];
        editor.show({ kind: 'writing' });
      }
      if (event.type === 'restart') [text, sources] = ['', []];
      if (event.type !== 'delta') return;
      text += event.text;
      editor.show({ kind: 'writing' });
    });
  } finally {
    stay();
  }
  if (ending) await finish(options, () => editor.finish(ending));
}

/** How the answer ended; null when somebody else is going to end it. */
async function readToEnd(
  { turnId, events, leaving, logger }: ShowAnswerOptions,
  take: (event: TurnEvent) => void,
): Promise<AnswerPhase | null> {
  try {
    for await (const event of events) {
      if (event.type === 'done') return { kind: 'done', answer: event.answer, notices: event.notices ?? [] };
      take(event);
    }
    return null;
  } catch (error) {
    if (leaving.aborted || (error instanceof AppError && CONTINUED_ELSEWHERE.has(error.code))) return null;
    if (!(error instanceof AppError)) logger.error({ turnId, err: error }, 'an answer failed');
    return { kind: 'failed', sentence: errorSentence(error, { turnId }) };
  }
}

/** The end is shown whatever it takes: Discord may be in trouble for a while. */
async function finish({ turnId, leaving, logger }: ShowAnswerOptions, showEnd: () => Promise<void>): Promise<void> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs *= 2) {
    try {
      return await showEnd();
    } catch (error) {
      if (waitMs > LONGEST_WAIT_MS || leaving.aborted || isRefusal(error)) throw error;
      logger.warn({ turnId, err: error, retryInMs: waitMs }, 'the end of an answer could not be shown; trying again');
      await sleep(waitMs, undefined, { signal: leaving });
    }
  }
}

/** Discord does not take it, however often it is sent. */
function isRefusal(error: unknown): boolean {
  return error instanceof DiscordAPIError && error.status < 500 && error.status !== 429;
}

/** An interaction can be answered for a while only: shortly before, the answer goes where it can be finished. */
function leaveInTime(
  { turnId, messages, now, after, logger }: ShowAnswerOptions,
  view: () => ReturnType<typeof toMessageBodies>,
): () => void {
  const { interaction } = messages.delivery;
  if (!interaction) return () => {};
  const leftMs = interaction.expiresAt - now();
  const leave = () =>
    void messages
      .leaveInteraction(view())
      .catch((error) => logger.warn({ turnId, err: error }, 'an answer could not be moved to an ordinary message'));
  return after(Math.max(0, leftMs * (1 - MARGIN)), leave);
}
