import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { createTemporaryFolder } from '../support/parley-process.ts';

const PROGRAM = new URL('../../.ci/check-advisories.ts', import.meta.url).pathname;

const ADVISORY = {
  id: 1,
  url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc',
  title: 'reads more than it was given',
  severity: 'high',
  vulnerable_versions: '<=99.0.0',
};

/** Stands for the registry, which tells npm of advisories; `status` for one that does not. */
async function createRegistry({ status, advisories }: { status: number; advisories: object }) {
  const server = createServer((req, res) => {
    req.resume();
    // It also asks which versions of the others there are, and goes on without.
    if (req.method === 'GET') return res.writeHead(404).end('{}');
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(advisories));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function check(answer: Parameters<typeof createRegistry>[0], allowed: object[]) {
  await using temporary = await createTemporaryFolder();
  await using registry = await createRegistry(answer);
  const list = path.join(temporary.folder, 'allowed.json');
  await writeFile(list, JSON.stringify(allowed));
  const child = spawn(process.execPath, [PROGRAM, list], {
    env: { ...process.env, npm_config_registry: registry.url, npm_config_cache: path.join(temporary.folder, 'cache') },
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, said: out + err };
}

const grave = { status: 200, advisories: { undici: [ADVISORY] } };
const reason = 'only its WebSocket is concerned, which is not used here';

it('a dependency with a high advisory fails the check, by its name', async () => {
  const { code, said } = await check(grave, []);

  expect(code).toBe(1);
  expect(said).toContain('undici has a high advisory, GHSA-aaaa-bbbb-cccc: reads more than it was given');
});

it('passes with a reason written down, which goes when the advisory does', async () => {
  const explained = await check(grave, [{ id: 'GHSA-aaaa-bbbb-cccc', reason }]);
  const inVain = await check({ status: 200, advisories: {} }, [{ id: 'GHSA-aaaa-bbbb-cccc', reason }]);

  expect(explained).toEqual({ code: 0, said: '' });
  expect(inVain.code).toBe(1);
  expect(inVain.said).toContain('allowed in vain');
});

it('says so where the registry gives no advisories', async () => {
  const { code, said } = await check({ status: 405, advisories: {} }, []);

  expect(code).toBe(0);
  expect(said).toContain('not checked');
});
