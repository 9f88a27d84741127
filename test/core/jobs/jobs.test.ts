import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { migrate, openDatabase } from '../../../core/db/database.ts';
import { readDatabaseAddress } from '../../../core/db/database-address.ts';
import { explainDatabaseError } from '../../../core/db/explain-database-error.ts';
import { openJobQueue } from '../../../core/jobs/job-queue.ts';
import { isJobTable } from '../../../core/jobs/job-tables.ts';
import { createJobs, type Job } from '../../../core/jobs/jobs.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';

const logger = createSilentLogger();
const YEARLY = '0 0 1 1 *';

/** Jobs on a database, and what they did. */
function createTestJobs({ db, url }: Pick<TestDatabase, 'db' | 'url'>, jobs: Job[]) {
  const finished: string[] = [];
  const running = createJobs({
    db,
    logger,
    jobs,
    observer: { finished: (job, outcome) => finished.push(`${job} ${outcome}`) },
    explain: (error) => explainDatabaseError(error, readDatabaseAddress(url))?.words ?? null,
    firstPauseMs: 50,
  });
  return { ...running, finished, [Symbol.asyncDispose]: () => running.stop() };
}

/** A schema of its own for a role that may do nothing else in the database; the tables of Parley are there. */
async function createGuest({ db, url }: TestDatabase) {
  const name = `guest_${randomUUID().replaceAll('-', '')}`;
  await db.raw(`create role ?? login password 'guest'`, [name]);
  await db.raw('create schema ?? authorization ??', [name, name]);
  await db.raw('alter role ?? set search_path = ??', [name, name]);
  const guestUrl = Object.assign(new URL(url), { username: name, password: 'guest' }).href;
  const guest = openDatabase(guestUrl);
  await migrate(guest);
  return {
    db: guest,
    url: guestUrl,
    name,
    async [Symbol.asyncDispose]() {
      await guest.destroy();
      await db.raw('drop schema ?? cascade', [name]);
      await db.raw('drop owned by ??', [name]);
      await db.raw('drop role ??', [name]);
    },
  };
}

describe('scheduled jobs', () => {
  it('keep their tables in the schema of the others, and need no right on the database', async () => {
    await using t = await createTestDatabase();
    await using guest = await createGuest(t);
    await using jobs = createTestJobs(guest, [{ name: 'tidy', cron: YEARLY, run: async () => {} }]);

    jobs.start();
    await expect.poll(() => jobs.state()).toEqual({ state: 'running' });

    const { rows } = await t.db.raw(`select distinct schemaname from pg_tables where tablename in ('job', 'schedule')`);
    expect(rows.map((row: { schemaname: string }) => row.schemaname)).toContain(guest.name);
    expect(await t.db('pg_namespace').whereIn('nspname', ['jobs', 'pgboss'])).toEqual([]);
  });

  it('keep just the tables that are left out when a database is copied', async () => {
    await using t = await createTestDatabase();
    await using guest = await createGuest(t);
    const tables = (): Promise<string[]> => t.db('pg_tables').where({ schemaname: guest.name }).pluck('tablename');
    const before = await tables();
    await using jobs = createTestJobs(guest, [{ name: 'tidy', cron: YEARLY, run: async () => {} }]);

    jobs.start();
    await expect.poll(() => jobs.state()).toEqual({ state: 'running' });

    const made = (await tables()).filter((table) => !before.includes(table));
    expect(made).toContain('schedule');
    expect(made.filter((table) => !isJobTable(table))).toEqual([]);
    expect(before.filter(isJobTable)).toEqual([]);
  });

  it('that cannot start say why, and start as soon as they can', async () => {
    await using t = await createTestDatabase();
    await using guest = await createGuest(t);
    await t.db.raw('alter schema ?? owner to current_user', [guest.name]);
    await t.db.raw('grant usage on schema ?? to ??', [guest.name, guest.name]);
    await using jobs = createTestJobs(guest, [{ name: 'tidy', cron: YEARLY, run: async () => {} }]);

    jobs.start();
    await expect.poll(() => jobs.state().state).toBe('failing');
    expect(jobs.state()).toMatchObject({ words: expect.stringContaining('permission denied for schema') });
    expect(jobs.state()).toMatchObject({ words: expect.stringContaining('grant') });
    await t.db.raw('grant create on schema ?? to ??', [guest.name, guest.name]);

    await expect.poll(() => jobs.state()).toEqual({ state: 'running' });
  });

  it('make up once for what was missed while nothing ran', async () => {
    await using t = await createTestDatabase();
    const hourly: Job = { name: 'hourly', cron: '0 * * * *', run: async () => {} };
    await using before = createTestJobs(t, [hourly]);
    before.start();
    await expect.poll(() => before.state()).toEqual({ state: 'running' });
    await expect.poll(async () => (await t.db('version').first('cron_on'))?.cron_on).toBeInstanceOf(Date);
    await before.stop();
    await t.db('job').delete();
    await t.db('version').update({ cron_on: t.db.raw(`now() - interval '3 days'`) });
    await t.db('schedule').update({ created_on: t.db.raw(`now() - interval '9 days'`) });

    await using after = createTestJobs(t, [hourly]);
    after.start();

    await expect.poll(() => after.finished).toEqual(['hourly done']);
    await expect.poll(() => t.db('job').where({ name: 'hourly' }).pluck('state')).toEqual(['completed']);
  });

  it('are taken up within half a minute when the process that worked on them died', async () => {
    await using t = await createTestDatabase();
    await using living = createTestJobs(t, [{ name: 'long', cron: YEARLY, run: async () => {} }]);
    living.start();
    await expect.poll(() => living.state()).toEqual({ state: 'running' });
    // What is left of a process that claimed the job and was killed: an active row that nobody speaks for any more.
    const queue = await openJobQueue(t.db, { isWorking: false, onTrouble() {} });
    await queue.send('long', null, { startAfter: 60 });
    await queue.stop({ graceful: false });
    await t.db('job').update({ state: 'active', started_on: t.db.fn.now(), heartbeat_on: t.db.fn.now() });
    const diedAt = performance.now();

    await expect.poll(() => living.finished).toEqual(['long done']);

    expect(performance.now() - diedAt).toBeLessThan(30_000);
  });

  it('that fail are tried again', async () => {
    await using t = await createTestDatabase();
    let tries = 0;
    const fails: Job = {
      name: 'fails',
      cron: YEARLY,
      async run() {
        tries += 1;
        if (tries === 1) throw new Error('not now');
      },
    };
    await using jobs = createTestJobs(t, [fails]);
    jobs.start();
    await expect.poll(() => jobs.state()).toEqual({ state: 'running' });
    const queue = await openJobQueue(t.db, { isWorking: false, onTrouble() {} });
    await queue.send('fails', null);
    await queue.stop({ graceful: false });

    await expect.poll(() => jobs.finished).toEqual(['fails failed', 'fails done']);
  });
});
