import type tmi from 'tmi.js';

interface Internals {
  handleMessage(message: { command?: string } | null): void;
}

/**
 * Hands over what the server asks for before it closes a connection. The library would close it at once, and open
 * another one a while later: what is said in between is lost.
 */
export function takeReconnectRequests(client: tmi.Client, onRequest: () => void): void {
  const internals = client as unknown as Internals;
  const handle = internals.handleMessage.bind(client);
  internals.handleMessage = (message) => (message?.command === 'RECONNECT' ? onRequest() : handle(message));
}
