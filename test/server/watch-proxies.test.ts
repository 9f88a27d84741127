import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect, it } from 'vitest';
import { createProxyWatch } from '../../server/middleware/watch-proxies.ts';
import { createSilentLogger } from '../support/silent-logger.ts';

/** What is told of requests with these headers, each sent twice from this machine. */
async function toldOf(trusted: number, ...headers: Record<string, string>[]): Promise<string[]> {
  const logger = createSilentLogger();
  const server = express()
    .set('trust proxy', trusted)
    .use(createProxyWatch({ trusted, logger }))
    .listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  for (const one of [...headers, ...headers]) await (await fetch(url, { headers: one })).text();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return logger.lines.map(({ message }) => message);
}

// Of the public internet: addresses kept for documentation are not.
const ADA = '93.184.216.34';

it.each([
  [0, { 'x-forwarded-for': ADA }, 'set TRUST_PROXY to the number of proxies'],
  [0, { forwarded: `for=${ADA}` }, 'set TRUST_PROXY to the number of proxies'],
  [2, { 'x-forwarded-for': ADA }, 'set it to 1'],
  [1, { 'x-forwarded-for': `${ADA}, 10.0.0.2` }, 'set it to 2'],
])('tells once that TRUST_PROXY=%d does not fit %o', async (trusted, headers, words) => {
  expect(await toldOf(trusted, headers)).toEqual([expect.stringContaining(words)]);
});

it.each([
  [0, {}],
  [1, { 'x-forwarded-for': ADA }],
  [2, { 'x-forwarded-for': `${ADA}, 10.0.0.2` }],
  // Whoever asks may have put something in front.
  [1, { 'x-forwarded-for': `10.9.9.9, ${ADA}` }],
  [1, {}],
])('says nothing where TRUST_PROXY=%d fits %o', async (trusted, headers) => {
  expect(await toldOf(trusted, headers)).toEqual([]);
});
