import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from './free-port.ts';

export const PROXIES = ['nginx', 'caddy', 'haproxy'] as const;
export type Proxy = (typeof PROXIES)[number];

/** Where Debian's packages put them; null where one is not installed. */
export function findProxy(proxy: Proxy): string | null {
  return [`/usr/sbin/${proxy}`, `/usr/bin/${proxy}`].find((file) => existsSync(file)) ?? null;
}

/** Its block of docs/proxies.md, as it stands there. */
async function readBlock(proxy: Proxy): Promise<string> {
  const page = await readFile(new URL('../../docs/proxies.md', import.meta.url), 'utf8');
  const language = proxy === 'caddy' ? 'caddyfile' : proxy;
  const block = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1];
  if (!block) throw new Error(`docs/proxies.md has no block for ${proxy}`);
  return block;
}

interface Setup {
  folder: string;
  port: number;
  target: string;
}

/** The block with another address and without TLS, inside what the program wants around it; and how it is started. */
const SETUPS: Record<Proxy, (block: string, setup: Setup) => { config: string; args: (file: string) => string[] }> = {
  nginx: (block, { folder, port, target }) => ({
    config: `daemon off; error_log stderr; pid ${folder}/pid; events {}
http {
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n')}
access_log off;
${block
  .replace('listen 443 ssl', `listen 127.0.0.1:${port}`)
  .replace(/^.*ssl_certificate.*\n/gm, '')
  .replace('127.0.0.1:3000', target)}}`,
    args: (file) => ['-c', file, '-p', folder],
  }),
  caddy: (block, { port, target }) => ({
    config: `{
  admin off
  auto_https off
}
${block.replace('ask.example.com', `http://127.0.0.1:${port}`).replace('127.0.0.1:3000', target)}`,
    args: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
  }),
  haproxy: (block, { port, target }) => ({
    config: `defaults
  timeout client 120s
${block.replace(/bind :443.*/, `bind 127.0.0.1:${port}`).replace('127.0.0.1:3000', target)}`,
    args: (file) => ['-db', '-f', file],
  }),
};

/** One of them, set up as docs/proxies.md says, in front of a server at `target` (host and port). */
export async function startProxy(proxy: Proxy, target: string): Promise<{ url: string } & AsyncDisposable> {
  const program = findProxy(proxy);
  if (!program) throw new Error(`${proxy} of Debian is not installed`);
  const folder = await mkdtemp(path.join(tmpdir(), `parley-${proxy}-`));
  const port = await findFreePort();
  const { config, args } = SETUPS[proxy](await readBlock(proxy), { folder, port, target });
  const file = path.join(folder, 'config');
  await writeFile(file, config);
  const child = spawn(program, args(file), { cwd: folder, env: { HOME: folder }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (output += data));
  const exited = once(child, 'exit');
  await waitForPort(port, child, () => output);
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function waitForPort(port: number, child: ChildProcess, output: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended at once: ${output()}`);
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      sleep(1000, false),
    ]);
    socket.destroy();
    if (isOpen) return;
    await sleep(20);
  }
}
