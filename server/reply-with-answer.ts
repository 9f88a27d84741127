import type { Request, Response } from 'express';
import { AppError, type ErrorCode } from '../core/errors.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { TurnEvent } from '../core/turns/turn-event.ts';
import {
  eventStreamFormat,
  plainTextFormat,
  type StreamFormat,
  streamAnswer,
  toExchangeShape,
} from './answer-stream.ts';
import type { Reply } from './endpoint.ts';
import { toErrorReply } from './error-reply.ts';
import { readToEnd } from './read-answer.ts';

interface Asker {
  req: Request;
  res: Response;
  /** Ends when the reader is gone. */
  signal: AbortSignal;
  logger: Logger;
}

/** Gives an answer in the way that was asked for by `Accept`: whole, or as it is written. */
export async function replyWithAnswer(
  events: AsyncIterable<TurnEvent>,
  { req, res, signal, logger }: Asker,
): Promise<Reply | null> {
  const format = chooseFormat(req);
  if (format) {
    const toErrorBody = (failure: unknown) => toErrorReply(failure, { requestId: res.locals.requestId, logger }).body;
    const isAnswer = (failure: unknown) => format === eventStreamFormat && isOfModel(failure);
    await streamAnswer(events, res, { format, signal, toErrorBody, isAnswer });
    return null;
  }
  const done = await readToEnd(events, signal);
  return done && { status: 200, body: toExchangeShape(done) };
}

const MODEL_FAILURES: ReadonlySet<ErrorCode> = new Set([
  'model_key_invalid',
  'model_not_found',
  'model_context_overflow',
  'model_rate_limited',
  'model_unavailable',
  'model_timeout',
  'model_interrupted',
  'model_refused',
]);

/** The question was taken, and the model did not answer it: other than a refusal, that is how the stream ends. */
function isOfModel(failure: unknown): boolean {
  return failure instanceof AppError && MODEL_FAILURES.has(failure.code);
}

/** null for JSON, which is also what whoever accepts anything gets. */
function chooseFormat(req: Request): StreamFormat | null {
  switch (req.accepts(['application/json', 'text/event-stream', 'text/plain'])) {
    case 'text/event-stream':
      return eventStreamFormat;
    case 'text/plain':
      return plainTextFormat;
    default:
      return null;
  }
}
