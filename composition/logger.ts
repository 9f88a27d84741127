import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { hideKeyShapes } from './key-shapes.ts';
import type { KnownSecrets } from './known-secrets.ts';
import { toLoggedError } from './logged-error.ts';

/** Field names whose values never reach a log, at any depth that is in use. */
const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'password',
  'token',
  'accessToken',
  'refreshToken',
  'apiKey',
  'secret',
];

/** Structured lines, or readable ones when a person is looking at a terminal. */
export function createLogger({
  level,
  isTerminal,
  secrets,
  fd = 1,
}: {
  level: string;
  isTerminal: boolean;
  /** What never stands in a line, wherever it came from. */
  secrets: Pick<KnownSecrets, 'hide'>;
  /** File descriptor to write to: 1 is standard output. */
  fd?: number;
}): Logger {
  const options = {
    level,
    base: null,
    redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]), censor: '[redacted]' },
    serializers: { err: toLoggedError },
    hooks: { streamWrite: (line: string) => secrets.hide(hideKeyShapes(line)) },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  };
  if (!isTerminal) return pino(options, pino.destination({ dest: fd, sync: true }));
  return pino(options, pretty({ colorize: true, ignore: 'pid,hostname', destination: fd, sync: true }));
}
