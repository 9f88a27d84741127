import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createTestHttpServer } from '../support/test-http-server.ts';

describe('starting and stopping', () => {
  it('says that a port is taken and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };

    await expect(createTestHttpServer({ config: { PORT: port } })).rejects.toMatchObject({
      name: 'StartError',
      message: `Port ${port} on 127.0.0.1 is taken by another program. Stop it, or set PORT to another one.`,
    });
    other.close();
  });

  it('says that an address is not its own', async () => {
    await expect(createTestHttpServer({ config: { HOST: '203.0.113.7' } })).rejects.toMatchObject({
      name: 'StartError',
      message: expect.stringContaining('HOST'),
    });
  });

  it('lets a running answer end, and refuses what comes meanwhile on the same connection', async () => {
    await using t = await createTestHttpServer();
    const asker = await t.createAsker();
    const call = t.scripted.call(0);
    const socket = connect(t.port, '127.0.0.1');
    const received: Buffer[] = [];
    socket.on('data', (piece) => received.push(piece));
    socket.write(toRequest('POST', `/api/sessions/${asker.sessionId}/messages`, asker.token, '{"text":"Hi"}'));
    const answer = await call;

    const closed = once(socket, 'close');
    const stopped = t.server.stop({ drainMs: 5000 });
    socket.write(toRequest('GET', '/api/sessions', asker.token));
    await expect
      .poll(() => t.logger.lines)
      .toContainEqual(expect.objectContaining({ fields: expect.objectContaining({ code: 'shutting_down' }) }));
    answer.say('Still here');
    answer.finish();
    await Promise.all([stopped, closed]);
    const [first, second] = Buffer.concat(received)
      .toString()
      .split(/(?<=})(?=HTTP)/);

    expect(first).toMatch(/^HTTP\/1.1 200 /);
    expect(first).toContain('"content":"Still here"');
    expect(second).toMatch(/^HTTP\/1.1 503 /);
    expect(second).toMatch(/^connection: close/im);
    expect(second).toMatch(/^retry-after: 5/im);
    expect(second).toContain('"code":"shutting_down"');
    await expect(fetch(`${t.url}/healthz`)).rejects.toThrow();
  });

  it('ends event streams with a frame that says why when the core gives up waiting', async () => {
    await using t = await createTestHttpServer();
    const asker = await t.createAsker();
    const call = t.scripted.call(0);
    const asking = t.request('POST', `/api/sessions/${asker.sessionId}/messages`, {
      ...asker,
      body: { text: 'Hi' },
      headers: { accept: 'text/event-stream' },
    });
    (await call).say('Half');
    const response = await asking;

    await Promise.all([t.server.stop({ drainMs: 5000 }), t.turns.stop({ drainMs: 0 })]);

    expect(await response.text()).toMatch(/event: error\ndata: .*"code":"shutting_down"/);
  });

  it('cuts a request that never ends, when patience ends', async () => {
    await using t = await createTestHttpServer();
    const socket = connect(t.port, '127.0.0.1');
    const closed = once(socket, 'close');
    socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n');
    await once(socket, 'connect');
    await t.request('GET', '/healthz');

    await t.server.stop({ drainMs: 50 });

    await closed;
  });
});

function toRequest(method: string, path: string, token: string, body = ''): string {
  const headers = `host: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
  return `${method} ${path} HTTP/1.1\r\n${headers}\r\n\r\n${body}`;
}
