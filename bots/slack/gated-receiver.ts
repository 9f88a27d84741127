import type { App, Receiver, ReceiverEvent } from '@slack/bolt';
import { createArrivalOrder } from '../../core/turns/arrival-order.ts';

/**
 * Bolt tells Slack that an event has arrived before any listener has seen it; a process that dies in between loses it.
 * Behind this gate Slack hears so when the listeners are done, which only record: an event that could not be recorded
 * is delivered again. What is written in one DM or thread is recorded in the order in which it comes.
 */
export function createGatedReceiver(inner: { init(app: App): void }): Receiver {
  const arrivals = createArrivalOrder();
  return {
    init(app) {
      const gate = {
        async processEvent(event: ReceiverEvent): Promise<void> {
          if (event.body.type !== 'event_callback') return app.processEvent(event);
          await arrivals.run(placeOf(event), () => app.processEvent({ ...event, ack: async () => {} }));
          await event.ack();
        },
      };
      inner.init(gate as unknown as App);
    },
    start: async () => undefined,
    stop: async () => undefined,
  };
}

function placeOf({ body }: ReceiverEvent): string {
  const event = (body.event ?? {}) as Record<string, unknown>;
  const { channel } = event;
  // An edit comes behind the message that it is of.
  const { ts, thread_ts } = (event.message ?? event) as Record<string, unknown>;
  const isDirect = String(channel).startsWith('D');
  return [body.team_id, channel, isDirect ? '' : (thread_ts ?? ts)].join(' ');
}
