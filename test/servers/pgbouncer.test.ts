import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  installed,
  nameMissing,
  PASSWORD,
  psql,
  type RunningServer,
  startDebianPostgres,
  startPgBouncer,
  toUrl,
} from '../support/debian-servers.ts';
import { type FakeModelServer, lastText, startFakeModelServer } from '../support/fake-model-server.ts';
import {
  createTemporaryFolder,
  createVisitorSession,
  type ParleyProcess,
  postJson,
  spawnParley,
  startParleyProcess,
} from '../support/parley-process.ts';

const isInstalled = installed.postgres !== null && installed.pgbouncer !== null;

const SECRETS = {
  JWT_SECRET: 'a secret of at least thirty-two characters',
  ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
};

interface Reply {
  ai_response: { content: string; status: string };
}

async function ask(parley: ParleyProcess, { token, sessionId }: { token: string; sessionId: string }, text: string) {
  const reply = await postJson(
    `${parley.url}/api/sessions/${sessionId}/messages`,
    { text },
    { authorization: `Bearer ${token}`, 'idempotency-key': text },
  );
  return (reply as unknown as Reply).ai_response;
}

describe.skipIf(!isInstalled)(`behind PgBouncer${nameMissing('postgres', 'pgbouncer')}`, () => {
  let postgres: RunningServer;
  let model: FakeModelServer;

  beforeAll(async () => {
    postgres = await startDebianPostgres();
    model = await startFakeModelServer();
    model.answerWith((request) => `Answer to: ${lastText(request)}`);
  });
  afterAll(async () => {
    await model?.[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
  });

  const env = (url: string) => ({
    DATABASE_URL: url,
    ...SECRETS,
    OPENAI_BASE_URL: model.url,
    RATE_LIMIT_ADDRESS: '6000',
  });

  it('in transaction mode two processes answer 60 of 60 questions, of which one more is answered after kill -9', async () => {
    await using pooler = await startPgBouncer({ postgres, mode: 'transaction', settings: { default_pool_size: 4 } });
    await using folder = await createTemporaryFolder();
    await using doomed = await startParleyProcess({ dataDir: folder.folder, env: env(toUrl(pooler)) });
    await using living = await startParleyProcess({ dataDir: folder.folder, env: env(toUrl(pooler)) });

    const answering = Array.from({ length: 60 }, async (_, n) => {
      const parley = n % 2 === 0 ? doomed : living;
      return ask(parley, await createVisitorSession(parley.url), `Question ${n}?`);
    });
    const answers = await Promise.allSettled(answering);

    expect(answers.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(answers.map((answer) => answer.status === 'fulfilled' && answer.value.content)).toEqual(
      Array.from({ length: 60 }, (_, n) => `Answer to: Question ${n}?`),
    );
    expect(doomed.output()).toContain('over a pooler in transaction mode; news of other processes is looked for');
    expect(doomed.output()).toContain('DATABASE_DIRECT_URL');

    const session = await createVisitorSession(doomed.url);
    model.next({ ending: { after: 1, how: 'stall' } });
    const asked = model.requests.length;
    const lost = ask(doomed, session, 'Who answers this?').catch(() => 'connection lost');
    await expect.poll(() => model.requests.length).toBe(asked + 1);
    await doomed.stop('SIGKILL');
    await lost;
    await expect
      .poll(async () => {
        const response = await fetch(`${living.url}/api/sessions/${session.sessionId}/messages`, {
          headers: { authorization: `Bearer ${session.token}` },
        });
        const { items } = (await response.json()) as { items: { role: string; content: string; status: string }[] };
        return items.find(({ role, status }) => role === 'assistant' && status === 'complete')?.content;
      })
      .toBe('Answer to: Who answers this?');
  });

  it('says in doctor and at the start what DATABASE_DIRECT_URL is for, and uses it', async () => {
    await using pooler = await startPgBouncer({ postgres, mode: 'transaction' });
    await using folder = await createTemporaryFolder();
    const settings = { ...env(toUrl(pooler)), DATABASE_DIRECT_URL: toUrl(postgres) };
    await using parley = await startParleyProcess({ dataDir: folder.folder, env: settings });

    expect(parley.output()).toContain('signals and migrations over DATABASE_DIRECT_URL');
    expect(
      psql(postgres, `select count(*) from pg_stat_activity where application_name = 'parley-signals'`).trim(),
    ).toBe('1');
    await using doctor = spawnParley({ dataDir: folder.folder, env: env(toUrl(pooler)), args: ['doctor'] });
    await doctor.exited;
    expect(doctor.output()).toMatch(/pooler in transaction mode[\s\S]*DATABASE_DIRECT_URL/);
  });

  it.each([
    [
      'leads to another database',
      () => toUrl(postgres).replace(/parley$/, 'postgres'),
      /DATABASE_DIRECT_URL leads to another database/,
    ],
    [
      'has a wrong password',
      () => toUrl(postgres).replace(PASSWORD, 'wrong'),
      /refused the user or password in DATABASE_DIRECT_URL/,
    ],
  ])('refuses a DATABASE_DIRECT_URL that %s', async (_name, url, words) => {
    await using pooler = await startPgBouncer({ postgres, mode: 'transaction' });
    await using folder = await createTemporaryFolder();
    const settings = { ...env(toUrl(pooler)), DATABASE_DIRECT_URL: url() };
    await using parley = spawnParley({ dataDir: folder.folder, env: settings });

    expect(await parley.exited).toBe(78);
    expect(parley.output()).toMatch(words);
  });

  it('says that a DATABASE_DIRECT_URL to a pooler in transaction mode is of no use', async () => {
    await using pooler = await startPgBouncer({ postgres, mode: 'transaction' });
    await using folder = await createTemporaryFolder();
    const settings = { ...env(toUrl(pooler)), DATABASE_DIRECT_URL: toUrl(pooler) };
    await using parley = await startParleyProcess({ dataDir: folder.folder, env: settings });

    expect(parley.output()).toContain('DATABASE_DIRECT_URL leads to a pooler in transaction mode as well');
  });

  it('in session mode hears signals over the pooler itself', async () => {
    await using pooler = await startPgBouncer({ postgres, mode: 'session' });
    await using folder = await createTemporaryFolder();
    await using parley = await startParleyProcess({ dataDir: folder.folder, env: env(toUrl(pooler)) });

    expect(parley.output()).toContain('over a pooler in session mode');
    expect(
      psql(postgres, `select count(*) from pg_stat_activity where application_name = 'parley-signals'`).trim(),
    ).toBe('1');
  });

  it('stops an answer that another process writes, without a line for signals', async () => {
    await using pooler = await startPgBouncer({ postgres, mode: 'transaction' });
    await using folder = await createTemporaryFolder();
    await using writer = await startParleyProcess({ dataDir: folder.folder, env: env(toUrl(pooler)) });
    const session = await createVisitorSession(writer.url);
    model.next({ ending: { after: 1, how: 'stall' } });
    const answer = ask(writer, session, 'What never ends?').catch((error) => error);
    await expect.poll(() => psql(postgres, `select count(*) from turns where state = 'running'`).trim()).toBe('1');

    psql(postgres, `insert into turn_stops (turn_id) select id from turns where state = 'running'`);

    await answer;
    expect(psql(postgres, `select count(*) from turns where state = 'running'`).trim()).toBe('0');
  });

  it.each([
    ['statement mode', { mode: 'statement' as const }, '', /statement mode, which has no transactions/],
    ['another password', { mode: 'transaction' as const }, 'wrong', /refused the user or password in DATABASE_URL/],
    [
      'a search_path it refuses',
      { mode: 'transaction' as const },
      '?options=-c%20search_path%3Dchat',
      /A pooler refuses what DATABASE_URL asks for/,
    ],
    [
      'a search_path it drops',
      { mode: 'transaction' as const, settings: { ignore_startup_parameters: 'options' } },
      '?options=-c%20search_path%3Dchat',
      /a pooler on the way drops that/,
    ],
  ])('refuses %s in words, at once', async (_name, options, change, words) => {
    await using pooler = await startPgBouncer({ postgres, ...options });
    await using folder = await createTemporaryFolder();
    const url = change === 'wrong' ? toUrl(pooler).replace(PASSWORD, change) : toUrl(pooler, change);
    const startedAt = performance.now();
    await using parley = spawnParley({ dataDir: folder.folder, env: env(url) });

    expect(await parley.exited).toBe(78);
    expect(parley.output()).toMatch(words);
    expect(parley.output()).not.toMatch(/\n\s+at /);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});
