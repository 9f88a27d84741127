import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface WebSite extends AsyncDisposable {
  /** Without a slash at its end. */
  url: string;
  host: string;
  port: number;
  /** What answers each path; anything else is a 404. A function may answer as it likes. */
  pages: Record<string, string | RequestListener>;
  requests: IncomingMessage[];
  /** The paths that were asked for, in order. */
  paths(): string[];
}

/** A small web server on the loopback; HTML unless the path ends otherwise. */
export async function createWebSite(pages: WebSite['pages'] = {}): Promise<WebSite> {
  const requests: IncomingMessage[] = [];
  const site = { pages };
  const server = createServer((request, response) => {
    requests.push(request);
    const page = site.pages[request.url ?? ''];
    if (typeof page === 'function') return page(request, response);
    const type = /\.(xml|txt|md)$/.exec(request.url ?? '')?.[1];
    const types: Record<string, string> = { xml: 'application/xml', txt: 'text/plain', md: 'text/markdown' };
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': types[type ?? ''] ?? 'text/html' });
    response.end(page ?? 'not found');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return Object.assign(site, {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    port,
    requests,
    paths: () => requests.map((request) => request.url ?? ''),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}
