import type { TurnEvent } from '../../core/turns/turn-event.ts';
import { createAnswerMessages } from './answer-messages.ts';
import { toMessageBodies } from './answer-view.ts';
import type { DiscordContext } from './context.ts';
import type { Delivery } from './delivery.ts';
import { showAnswer } from './show-answer.ts';

export interface DeliverOptions {
  turnId: string;
  delivery: Delivery;
  events: AsyncIterable<TurnEvent>;
}

/** Shows a turn's answer where its delivery says, from "thinking" to the end. */
export async function deliver(context: DiscordContext, { turnId, delivery, events }: DeliverOptions): Promise<void> {
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
  const thinking = {
    turnId,
    text: '',
    sources: [],
    phase: { kind: 'writing' as const },
    canOpenThread: false,
    note: '',
  };
  await messages
    .show(toMessageBodies(thinking))
    .catch((error) => logger.warn({ turnId, err: error }, 'a first sign of an answer could not be shown'));
  try {
    await showAnswer({ turnId, events, messages, now, after, minEditIntervalMs, logger, leaving });
  } catch (error) {
    // It is stored: another message about it would only be a second outcome.
    logger.error({ turnId, err: error }, 'an answer could not be shown');
  }
  if (messages.isOver)
    logger.info({ turnId }, 'an answer is not shown: its message is gone, or the asker out of reach');
}
