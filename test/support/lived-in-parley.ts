import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import type { FakeModelServer } from './fake-model-server.ts';
import { createVisitorSession, type ParleyProcess, postJson, spawnParley } from './parley-process.ts';

const PASSWORD = 'the horse is correct and has a battery';
export const OWN_KEY = 'sk-adas-own-key-8h3k';
export const QUESTION = 'How deep does the Grampus trawler fish?';

/** What a process needs so that `liveIn` works there: the key of a person is for the stand-in. */
export function settingsOf(provider: FakeModelServer): Record<string, string> {
  return { ALLOW_PRIVATE_HOSTS: new URL(provider.url).host };
}

/** Somebody registers, asks, has money and a key of their own, and there is a document: all that a copy has to keep. */
export async function liveIn(
  parley: ParleyProcess,
  { dataDir, provider, env = {} }: { dataDir: string; provider: FakeModelServer; env?: Record<string, string> },
) {
  const handbook = path.join(dataDir, 'handbook.md');
  await writeFile(handbook, '# Grampus\n\nThe Grampus trawler fishes at a depth of 412 metres.\n');
  await runCommand(dataDir, ['add', handbook], env);
  const { access_token } = await postJson(`${parley.url}/api/auth/register`, {
    username: 'ada',
    email: 'ada@example.com',
    password: PASSWORD,
  });
  const headers = { authorization: `Bearer ${access_token}` };
  const session = await postJson(`${parley.url}/api/sessions`, {}, headers);
  await ask(parley.url, { headers, sessionId: String(session.id) });
  const saved = await fetch(`${parley.url}/api/users/me/provider-key`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ api_key: OWN_KEY, base_url: provider.url }),
  });
  expect(saved.status).toBe(200);
  await runCommand(dataDir, ['credit', 'ada', '512'], env);
}

export function ask(url: string, { headers, sessionId }: { headers: Record<string, string>; sessionId: string }) {
  return postJson(`${url}/api/sessions/${sessionId}/messages`, { text: QUESTION }, headers);
}

/** What somebody without a key of their own is quoted. */
export async function askAsVisitor(url: string): Promise<unknown> {
  const { token, sessionId } = await createVisitorSession(url);
  const answered = await ask(url, { headers: { authorization: `Bearer ${token}` }, sessionId });
  return answered.ai_response;
}

/** What Ada finds when she logs in. */
export async function lookAround(url: string) {
  const { access_token } = await postJson(`${url}/api/auth/login`, { username: 'ada', password: PASSWORD });
  const headers = { authorization: `Bearer ${access_token}` };
  const get = async (route: string) => (await (await fetch(`${url}${route}`, { headers })).json()) as never;
  const { items: sessions }: { items: { id: string }[] } = await get('/api/sessions');
  const sessionId = sessions[0]?.id ?? '';
  const { updated_at: _, ...providerKey }: Record<string, unknown> = await get('/api/users/me/provider-key');
  return {
    headers,
    sessionId,
    found: {
      sessions,
      messages: await get(`/api/sessions/${sessionId}/messages`),
      wallet: await get('/api/wallet'),
      ledger: await get('/api/wallet/ledger'),
      providerKey,
    },
  };
}

/** Runs a command to its end, and gives what it printed. */
export async function runCommand(
  dataDir: string,
  args: string[],
  env: Record<string, string> = {},
  expectedCode = 0,
): Promise<string> {
  await using command = spawnParley({ dataDir, args, env });
  const code = await command.exited;
  expect([code, command.output()]).toEqual([expectedCode, expect.any(String)]);
  return command.output();
}
