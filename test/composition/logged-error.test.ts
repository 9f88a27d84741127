import { Writable } from 'node:stream';
import { APIError } from 'openai';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { toLoggedError } from '../../composition/logged-error.ts';
import { AppError } from '../../core/errors.ts';
import { createTestDatabase } from '../support/test-database.ts';

function logError(error: unknown): string {
  let written = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written += chunk;
      done();
    },
  });
  pino({ serializers: { err: toLoggedError } }, stream).error({ err: error }, 'it failed');
  return written;
}

it('keeps keys and passwords out of the log, even when an error repeats them', () => {
  const cause = new Error('401 Incorrect API key provided: sk-abcdef123456 for postgres://ada:hunter2@db/parley');
  const error = Object.assign(new Error('upstream said Bearer eyJhbGciOi.abc.def'), {
    cause,
    detail: 'Key (email)=(a@b.c)',
  });

  const line = logError(error);

  for (const secret of ['sk-abcdef123456', 'hunter2', 'eyJhbGciOi', 'a@b.c']) expect(line).not.toContain(secret);
  expect(line).toContain('Incorrect API key provided');
});

it('does not repeat what somebody wrote where JSON was expected', () => {
  const parse = (text: string) => {
    try {
      return JSON.parse(text);
    } catch (error) {
      return error;
    }
  };

  const lines = ['a-secret-answer', '{"content": "a-secret-answer', '{"a": a-secret-answer}'].map((text) =>
    logError(new Error('no answer', { cause: parse(text) })),
  );

  for (const line of lines) {
    expect(line).not.toContain('a-secret');
    expect(line).toContain('SyntaxError');
  }
});

it.each([
  ['in the middle of a stream', undefined],
  ['with a status', 400],
])('repeats nothing that a model server reports %s, not even as a code', (_where, status) => {
  const body = { message: 'cannot read: my-own-words', code: 'my-own-words, again', type: 'my-own-words' };

  const line = logError(
    new AppError('model_interrupted', 'It broke off.', { cause: new APIError(status, body, undefined, new Headers()) }),
  );

  expect(line).not.toContain('my-own-words');
  expect(line).toContain(status === undefined ? 'answered with an error' : 'answered with status 400');
});

it('keeps the codes by which errors are found', () => {
  for (const code of ['ECONNREFUSED', '23505', 'server_error', 'data/inspection-failed']) {
    expect(logError(Object.assign(new Error('no'), { code }))).toContain(`"code":"${code}"`);
  }
});

it('logs what was thrown even when it is no error', () => {
  expect(logError('just words')).toContain('just words');
});

it.each([
  ['sk-proj-abcdef123456'],
  ['sk-ant-api03-AbCd_12'],
  ['rk_live_51AbC'],
  ['pk_0123456789abcdef'],
  ['gsk_abcdefGH12'],
  ['hf_AbCdEfGh12'],
  ['AIzaSyD4-x1y2z3'],
  ['ghp_16C7e42F292c69'],
  ['github_pat_11AAAA'],
  ['xoxb-123-456-abc'],
  ['xapp-1-A1-2-b'],
  ['whsec_MfKQ9r8GKYqr'],
  ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'],
  ['MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs'],
  ['0123456789abcdef0123456789abcdef'],
  ['AbCdEfGh0123456789AbCdEfGh0123456789'],
])('hides what is shaped like a key in the words of others: %s', (key) => {
  expect(logError(new Error(`Incorrect API key provided: ${key}. See our page.`))).not.toContain(key);
  expect(logError(`thrown: ${key}`)).not.toContain(key);
});

it.each([
  ['api_key=hunter22'],
  ['"password": "hunter22"'],
  ['access_token: hunter22'],
  ['Authorization: Basic aHVudGVyMjI='],
])('hides what is named a secret: %s', (text) => {
  expect(logError(new Error(`upstream got ${text}`))).not.toMatch(/hunter22|aHVudGVyMjI/);
});

it('keeps the ids and names by which things are found', () => {
  const text = 'turn 0f9b3a52-7f7c-4c1e-9f0e-2d1a5b6c7d8e of answer_the_oldest_waiting_question_of_a_session';

  expect(logError(new Error(text))).toContain(text);
});

it('does not repeat the values of a statement that failed', async () => {
  await using database = await createTestDatabase();
  const { db } = database;

  const errors = await Promise.all([
    db('users')
      .insert({ no_such_column: 'my wife has left me' })
      .catch((error) => error),
    db('users')
      .where({ id: 'my wife has left me' })
      .catch((error) => error),
  ]);

  for (const error of errors) {
    const line = logError(error);
    expect(line).not.toContain('my wife');
    expect(line).toMatch(/22P02|42703/);
  }
});
