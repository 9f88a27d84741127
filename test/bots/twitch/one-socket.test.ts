import { expect, it } from 'vitest';
import { keepToOneSocket } from '../../../bots/twitch/one-socket.ts';

/** As tmi.js: whatever socket says that it is closed, there is none after that. */
function createClient() {
  const sockets: { onclose: (() => void) | null; isClosed: boolean; close(): void }[] = [];
  const client = {
    ws: null as (typeof sockets)[number] | null,
    wasCloseCalled: false,
    _openConnection() {
      const socket = {
        isClosed: false,
        onclose() {
          client.ws = null;
        },
        close() {
          socket.isClosed = true;
        },
      };
      client.ws = socket;
      sockets.push(socket);
    },
  };
  keepToOneSocket(client as never);
  return { client, sockets };
}

it('does not take the late end of the last socket for that of the newest', () => {
  const { client, sockets } = createClient();
  client._openConnection();
  client.wasCloseCalled = true;
  client._openConnection();

  sockets[0]?.onclose?.();

  expect(client.ws).toBe(sockets[1]);
  expect(client.wasCloseCalled).toBe(false);
  expect(sockets[0]?.isClosed).toBe(true);
});

it('hears that the newest socket is closed', () => {
  const { client, sockets } = createClient();
  client._openConnection();

  sockets[0]?.onclose?.();

  expect(client.ws).toBeNull();
});
