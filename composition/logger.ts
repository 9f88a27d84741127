import { type Logger, pino, stdSerializers } from 'pino';
import pretty from 'pino-pretty';

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

/** Secrets that vendors repeat inside their error messages. */
const SECRETS_IN_TEXT =
  /\b(sk-|pk_|xox[a-z]-|xapp-|whsec_|eyJ)[\w.-]{4,}|(Bearer|oauth:)\s*\S+|(\/\/[^:/\s]+:)[^@\s]+@/g;

/** Structured lines, or readable ones when a person is looking at a terminal. */
export function createLogger({
  level,
  isTerminal,
  fd = 1,
}: {
  level: string;
  isTerminal: boolean;
  /** File descriptor to write to: 1 is standard output. */
  fd?: number;
}): Logger {
  const options = {
    level,
    base: null,
    redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]), censor: '[redacted]' },
    serializers: { err: toLoggedError },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  };
  if (!isTerminal) return pino(options, pino.destination({ dest: fd, sync: true }));
  return pino(options, pretty({ colorize: true, ignore: 'pid,hostname', destination: fd, sync: true }));
}

/** An error with its causes, cleared of secrets; details that could hold row values stay out. */
export function toLoggedError(error: unknown): unknown {
  if (!(error instanceof Error)) return error === undefined ? undefined : clear(String(error));
  const { type, stack } = stdSerializers.err(new Error(error.message));
  const message = withoutQuotation(error);
  const code = 'code' in error ? String(error.code) : undefined;
  return {
    type: error.name || type,
    code,
    message: clear(message),
    stack: clear((error.stack ?? stack).replace(error.message, () => message)),
    cause: error.cause === undefined ? undefined : toLoggedError(error.cause),
  };
}

/** What is no JSON is quoted by the error about it, and may be what somebody wrote. */
function withoutQuotation({ name, message }: Error): string {
  return name === 'SyntaxError' && message.includes('JSON') ? 'not valid JSON' : message;
}

function clear(text: string): string {
  return text.replace(SECRETS_IN_TEXT, '[redacted]');
}
