import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

/** A forward proxy that passes everything on, in either way of asking for it, and keeps where it was asked to go. */
async function createForwardProxy() {
  const asked: string[] = [];
  const proxy = createServer((req, res) => {
    asked.push(new URL(req.url ?? '').host);
    const { host, pathname } = new URL(req.url ?? '');
    const [hostname, port] = host.split(':');
    httpRequest({ hostname, port, path: pathname, headers: req.headers }, (there) => there.pipe(res)).end();
  });
  proxy.on('connect', (req, socket) => {
    asked.push(String(req.url));
    const [host = '', port] = String(req.url).split(':');
    const there = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      there.pipe(socket).pipe(there);
    });
    there.on('error', () => socket.destroy());
    socket.on('error', () => there.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return { asked, url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, close: () => proxy.close() };
}

const MODULE = new URL('../../../core/net/plain-fetch.ts', import.meta.url).href;

/** What the fetch of the process says, in a process with these settings. */
async function fetchIn(env: Record<string, string>, url: string): Promise<string> {
  const program = `const { plainFetch } = await import(${JSON.stringify(MODULE)});
    console.log(await (await plainFetch(${JSON.stringify(url)})).text()); process.exit();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { env });
  return (await text(child.stdout)).trim();
}

it('is used for the servers of the operator when it is set for the process, but for the hosts that are excepted', async () => {
  const server = createServer((_req, res) => res.end('hello')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const proxy = await createForwardProxy();
  const url = `http://127.0.0.1:${port}/`;

  const direct = await fetchIn({}, url);
  const excepted = await fetchIn({ HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' }, url);
  const before = [...proxy.asked];
  const through = await fetchIn({ HTTP_PROXY: proxy.url }, url);
  server.close();
  proxy.close();

  expect([direct, excepted, through]).toEqual(['hello', 'hello', 'hello']);
  expect([before, proxy.asked]).toEqual([[], [`127.0.0.1:${port}`]]);
});
