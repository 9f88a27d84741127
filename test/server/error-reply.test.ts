import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../core/db/database.ts';
import { AppError, ERROR_CODES } from '../../core/errors.ts';
import { toErrorReply } from '../../server/error-reply.ts';
import { createSilentLogger } from '../support/silent-logger.ts';
import { createTestDatabase } from '../support/test-database.ts';

describe('the answer to a failure', () => {
  it.each(ERROR_CODES)('gives %s a status, its sentence and the id', (code) => {
    const reply = toErrorReply(new AppError(code, 'A sentence.'), { requestId: 'r1', logger: createSilentLogger() });

    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(reply.body).toEqual({ error: { code, message: 'A sentence.', request_id: 'r1' } });
  });

  it('says when to try again wherever the status is 429', () => {
    const options = { requestId: 'r1', logger: createSilentLogger() };

    const exact = toErrorReply(new AppError('rate_limited', 'Wait.', { retryAfterSeconds: 42 }), options);
    const later = toErrorReply(new AppError('provider_rate_limited', 'Wait.'), options);

    expect(exact.retryAfterSeconds).toBe(42);
    expect(later.retryAfterSeconds).toBeGreaterThan(0);
  });

  it('logs the cause of an expected failure that is on our side, and does not show it', () => {
    const logger = createSilentLogger();
    const cause = new Error('connect ECONNREFUSED 10.0.0.7');

    const reply = toErrorReply(new AppError('model_unavailable', 'The model cannot be reached.', { cause }), {
      requestId: 'r1',
      logger,
    });

    expect(JSON.stringify(reply)).not.toContain('10.0.0.7');
    expect(logger.lines).toEqual([
      {
        level: 'warn',
        fields: { requestId: 'r1', code: 'model_unavailable', err: cause },
        message: 'a request was refused',
      },
    ]);
  });

  it('does not log what callers do wrong as a warning', () => {
    const logger = createSilentLogger();

    toErrorReply(new AppError('invalid_request', 'text is missing.'), { requestId: 'r1', logger });

    expect(logger.lines).toEqual([]);
  });

  it('says that the database is away, and nothing about where it is', async () => {
    const db = openDatabase('postgres://nobody@127.0.0.1:1/none');
    const failure = await db.raw('select 1').catch((error: unknown) => error);

    const reply = toErrorReply(failure, { requestId: 'r1', logger: createSilentLogger() });

    expect(reply).toMatchObject({
      status: 503,
      retryAfterSeconds: 5,
      body: { error: { code: 'database_unavailable' } },
    });
    expect(JSON.stringify(reply)).not.toContain('127.0.0.1');
    await db.destroy();
  });

  it('does not take a wrong query for a database that is away', async () => {
    await using t = await createTestDatabase();
    const failure = await t.db.raw('select nonsense').catch((error: unknown) => error);

    const reply = toErrorReply(failure, { requestId: 'r1', logger: createSilentLogger() });

    expect(reply).toMatchObject({ status: 500, body: { error: { code: 'internal_error' } } });
  });

  it('knows a connection that the database ended under a query', async () => {
    await using t = await createTestDatabase();
    const failure = await t.db.raw('select pg_terminate_backend(pg_backend_pid())').catch((error: unknown) => error);

    const reply = toErrorReply(failure, { requestId: 'r1', logger: createSilentLogger() });

    expect(reply.body.error.code).toBe('database_unavailable');
  });
});
