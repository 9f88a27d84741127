import type tmi from 'tmi.js';

/** What the library keeps of its connection; not among its types. */
interface Internals {
  ws: WebSocket | null;
  wasCloseCalled: boolean;
  _openConnection(): void;
}

const EVENTS = ['onopen', 'onmessage', 'onerror', 'onclose'] as const;

/**
 * Lets only the newest socket be heard. When a machine is busy, the library opens the next one before it has heard that
 * the last one is closed, then takes that for the end of the new one: connected, and never logged in again.
 */
export function keepToOneSocket(client: tmi.Client): void {
  const internals = client as unknown as Internals;
  const open = internals._openConnection.bind(client);

  internals._openConnection = () => {
    const before = internals.ws;
    internals.wasCloseCalled = false;
    open();
    before?.close();
    const socket = internals.ws;
    if (!socket) return;
    for (const name of EVENTS) {
      const handle = socket[name] as ((event: Event) => void) | null;
      socket[name] = (event: Event) => {
        if (internals.ws === socket) handle?.call(socket, event);
      };
    }
  };
}
