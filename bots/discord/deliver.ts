import type { Logger } from '../../core/ports/logger.ts';
import type { TurnEvent } from '../../core/turns/turn-event.ts';
import { type AnswerMessages, createAnswerMessages } from './answer-messages.ts';
import { toMessageBodies } from './answer-view.ts';
import type { DiscordContext } from './context.ts';
import type { Delivery } from './delivery.ts';
import { openDm } from './open-dm.ts';
import { sendMessage } from './send-message.ts';
import { showAnswer } from './show-answer.ts';

export interface DeliverOptions {
  turnId: string;
  delivery: Delivery;
  events: AsyncIterable<TurnEvent>;
  /** Whether the beginning of the answer stands there already. */
  goesOn?: boolean;
}

const UNSHOWN =
  'I have an answer, but Discord does not let me show it here. You find it with `/chat list`, or ask me in a direct message.';

/** Shows a turn's answer where its delivery says, from "thinking" to the end. */
export async function deliver(context: DiscordContext, options: DeliverOptions): Promise<void> {
  const { turnId, delivery, events, goesOn = false } = options;
  const { rest, pace, encryption, minEditIntervalMs, logger, leaving, after } = context;
  const now = () => context.clock.now().getTime();
  const messages = createAnswerMessages({
    rest,
    pace,
    encryption,
    now,
    delivery,
    turnId,
    save: (changed) => context.app.turns.saveDelivery(turnId, changed),
  });
  if (!goesOn) await showFirstSign(messages, { turnId, logger });
  try {
    await showAnswer({ turnId, events, messages, now, after, minEditIntervalMs, logger, leaving });
  } catch (error) {
    logger.error({ turnId, err: error }, 'an answer could not be shown');
    if (!leaving.aborted) await sayUnshown(context, messages.delivery);
  }
  if (messages.isOver)
    logger.info({ turnId }, 'an answer is not shown: its message is gone, or the asker out of reach');
}

async function showFirstSign(
  messages: AnswerMessages,
  { turnId, logger }: { turnId: string; logger: Logger },
): Promise<void> {
  const phase = { kind: 'writing' as const };
  const thinking = { turnId, text: '', sources: [], phase, canOpenThread: false, note: '' };
  await messages
    .show(toMessageBodies(thinking))
    .catch((error) => logger.warn({ turnId, err: error }, 'a first sign of an answer could not be shown'));
}

/** Refused as it is, the answer is kept: whoever asked hears where, in the channel or else by direct message. */
async function sayUnshown(
  context: DiscordContext,
  { channelId, replyTo, askerId, isPrivate }: Delivery,
): Promise<void> {
  try {
    if (isPrivate) throw new Error('only the asker is to read this');
    await sendMessage(context, { channelId, ...(replyTo && { replyTo }), content: UNSHOWN });
  } catch {
    const dm = await openDm(context.rest, askerId).catch(() => null);
    if (dm === null) return;
    await sendMessage(context, { channelId: dm, content: UNSHOWN }).catch((error) =>
      context.logger.warn({ err: error }, 'the asker could not be told that an answer is not shown'),
    );
  }
}
