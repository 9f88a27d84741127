import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DescribedOperation, listOperations } from '../support/described-operations.ts';
import { REQUEST_BODIES } from '../support/request-bodies.ts';
import { createTestHttpServer, type TestHttpServer } from '../support/test-http-server.ts';

const password = 'correct horse battery staple';

/** Ids of one person's things, by the name of the parameter that takes them. */
type Things = Record<string, string>;

/** Names of what is not one person's thing: a model is everybody's, and a provider means one's own account there. */
const NOT_A_THING = ['model', 'provider'];

describe('a person who knows the ids of another', () => {
  let t: TestHttpServer;
  let operations: DescribedOperation[];
  let ada: { token: string; userId: string };
  let eve: { token: string; userId: string };
  let things: Things;

  beforeAll(async () => {
    t = await createTestHttpServer();
    operations = await listOperations(t);
    ada = await register('ada');
    eve = await register('eve');
    things = await leaveThings(ada);
  });
  afterAll(() => t[Symbol.asyncDispose]());

  async function register(username: string) {
    const response = await t.request('POST', '/api/auth/register', { body: { username, password } });
    const { access_token, user } = await response.json();
    return { token: access_token as string, userId: user.id as string };
  }

  /** One of everything that somebody can have. */
  async function leaveThings({ token, userId }: typeof ada): Promise<Things> {
    const json = async (response: Response) => response.json();
    const session = await json(await t.request('POST', '/api/sessions', { token, body: { title: 'Ada-title' } }));
    const asking = t.request('POST', `/api/sessions/${session.id}/messages`, { token, body: { text: 'Ada-question' } });
    const call = await t.scripted.call(0);
    call.say('Ada-answer');
    call.finish();
    const { ai_response: message } = await json(await asking);
    const logins = await json(await t.request('GET', '/api/auth/logins', { token }));
    await t.request('POST', '/api/api-keys', { token, body: { name: 'ada-key' } });
    const identityId = randomUUID();
    const identity = { id: identityId, user_id: userId, platform: 'github', platform_user_id: 'ada-17' };
    await t.db('identities').insert({ ...identity, display_name: 'Ada-name', signed_in_at: new Date() });
    await t.request('GET', '/api/wallet', { token });
    const wallet = await t.db('wallets').where({ user_id: userId }).first('id');
    const rechargeId = randomUUID();
    await t.db('recharges').insert({ id: rechargeId, wallet_id: wallet.id, amount_micros: 5_000_000 });
    return {
      session_id: session.id,
      message_id: message.id,
      login_id: logins.items[0].id,
      name: 'ada-key',
      identity_id: identityId,
      recharge_id: rechargeId,
    };
  }

  function send({ method, path, route }: DescribedOperation, token?: string): Promise<Response> {
    const at = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(things[name] ?? 'spotify'));
    return t.request(method, at, { ...(token && { token }), body: REQUEST_BODIES[route] });
  }

  /** All that is kept of Ada, but for the time of her last request. */
  async function readAda(): Promise<unknown> {
    const everything = await (await t.request('GET', '/api/users/me/export', { token: ada.token })).json();
    return JSON.parse(JSON.stringify(everything, (key, value) => (key === 'last_used_at' ? undefined : value)));
  }

  const paramsOf = ({ path }: DescribedOperation) => [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');

  it('has to name things of every kind that a route takes, and a body wherever one is taken', () => {
    const known = [...Object.keys(things), ...NOT_A_THING];
    for (const operation of operations) {
      expect(known, operation.route).toEqual(expect.arrayContaining(paramsOf(operation)));
      if (operation.takesBody) expect(REQUEST_BODIES, operation.route).toHaveProperty([operation.route]);
    }
  });

  it('reaches none of them by any route, and changes nothing', async () => {
    const before = await readAda();
    const reaching = operations.filter((operation) => paramsOf(operation).some((name) => name in things));

    const answers = await Promise.all(
      reaching.map(async (operation) => {
        const response = await send(operation, eve.token);
        return { route: operation.route, status: response.status, text: await response.text() };
      }),
    );

    expect(answers.length).toBeGreaterThan(10);
    for (const { route, status, text } of answers) {
      expect([403, 404], `${route}: ${text}`).toContain(status);
      expect(text).not.toContain('Ada-');
    }
    expect(await readAda()).toEqual(before);
  });

  it('is told nothing of them by any list', async () => {
    const lists = operations.filter(
      ({ method, path }) => method === 'GET' && path.startsWith('/api/') && !path.includes('{'),
    );

    for (const operation of lists) {
      const query = operation.path === '/api/messages' ? '?q=Ada' : '';
      const text = await (await t.request('GET', operation.path + query, { token: eve.token })).text();
      for (const trace of ['Ada-', ada.userId, ...Object.values(things)]) {
        expect(text, operation.route).not.toContain(trace);
      }
    }
    expect(lists.length).toBeGreaterThan(6);
  });

  it('changes and removes only their own where a route means all of one’s own', async () => {
    const before = await readAda();
    const own = operations.filter(
      ({ method, path, needsToken }) =>
        needsToken && method !== 'GET' && path.startsWith('/api/') && !path.includes('{'),
    );
    // What asks a question waits for an answer, and erasing comes last.
    const silent = own.filter(({ path }) => !['/api/query', '/api/users/me'].includes(path));
    const erase = own.filter(({ path }) => path === '/api/users/me');

    for (const operation of [...silent, ...erase]) {
      const { token } = await register(`mallory-${randomUUID().slice(0, 8)}`);
      await send(operation, token);
    }

    expect(erase).toHaveLength(1);
    expect(await readAda()).toEqual(before);
  });

  it('is nobody without a token', async () => {
    const before = await readAda();

    for (const operation of operations.filter(({ needsToken }) => needsToken)) {
      expect((await send(operation)).status, operation.route).toBe(401);
    }
    expect(await readAda()).toEqual(before);
  });

  it('is refused in the same words whether or not a thing exists', async () => {
    const real = await (await t.request('GET', `/api/sessions/${things.session_id}`, { token: eve.token })).json();
    const made = await (await t.request('GET', `/api/sessions/${randomUUID()}`, { token: eve.token })).json();

    expect({ ...real.error, request_id: '' }).toEqual({ ...made.error, request_id: '' });
  });
});
