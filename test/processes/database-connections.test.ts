import { describe, expect, inject, it } from 'vitest';
import { openDatabase } from '../../core/db/database.ts';
import { startFakeModelServer } from '../support/fake-model-server.ts';
import {
  createTemporaryFolder,
  createVisitorSession,
  postJson,
  startParleyProcess,
} from '../support/parley-process.ts';
import { createTestDatabase } from '../support/test-database.ts';

describe('the connections of one process', () => {
  it.each([2, 6])('are never more than DATABASE_POOL_SIZE=%i, signals and jobs included', async (size) => {
    await using database = await createTestDatabase();
    await using folder = await createTemporaryFolder();
    await using model = await startFakeModelServer();
    await using parley = await startParleyProcess({
      dataDir: folder.folder,
      env: {
        DATABASE_URL: database.url,
        DATABASE_POOL_SIZE: String(size),
        JWT_SECRET: 'a secret of at least thirty-two characters',
        ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
        OPENAI_BASE_URL: model.url,
        RATE_LIMIT_ADDRESS: '10000',
      },
    });
    await expect.poll(async () => (await fetch(`${parley.url}/metrics`)).text()).toContain('parley_jobs_running 1');
    // From another database of the same server, so that only connections of the process are counted.
    await database.db.destroy();
    const name = new URL(database.url).pathname.slice(1);
    const watcher = openDatabase(inject('postgresUrl'), { poolSize: 1 });
    const counts: number[] = [];
    const count = async () => {
      const { rows } = await watcher.raw(`select count(*) from pg_stat_activity where datname = ?`, [name]);
      counts.push(rows[0].count);
    };

    const asked = Array.from({ length: 30 }, async (_, n) => {
      const { token, sessionId } = await createVisitorSession(parley.url);
      await postJson(
        `${parley.url}/api/sessions/${sessionId}/messages`,
        { text: `Question ${n}?` },
        { authorization: `Bearer ${token}` },
      );
      await count();
    });
    const answers = await Promise.allSettled(asked);

    expect(answers.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(Math.max(...counts)).toBe(size);
    await watcher.destroy();
    await parley.stop();
  });
});
