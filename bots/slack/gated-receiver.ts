import type { App, Receiver, ReceiverEvent } from '@slack/bolt';

/**
 * Bolt tells Slack that an event has arrived before any listener has seen it; a process that dies in between loses it.
 * Behind this gate Slack hears so when the listeners are done, which only record: an event that could not be recorded
 * is delivered again.
 */
export function createGatedReceiver(inner: { init(app: App): void }): Receiver {
  return {
    init(app) {
      const gate = {
        async processEvent(event: ReceiverEvent): Promise<void> {
          if (event.body.type !== 'event_callback') return app.processEvent(event);
          await app.processEvent({ ...event, ack: async () => {} });
          await event.ack();
        },
      };
      inner.init(gate as unknown as App);
    },
    start: async () => undefined,
    stop: async () => undefined,
  };
}
