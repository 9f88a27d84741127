import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { toLoggedError } from '../../composition/logger.ts';

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

it('logs what was thrown even when it is no error', () => {
  expect(logError('just words')).toContain('just words');
});
