import type { ErrorRequestHandler, RequestHandler } from 'express';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { toAccountPage } from '../account-page-html.ts';
import { type ErrorReply, toErrorReply } from '../error-reply.ts';
import { escapeHtml } from '../markdown-html.ts';
import { toOpenAiError } from '../v1/openai-error.ts';

/** The last handler: turns what was thrown into an answer, in JSON for programs and as a small page for people. */
export function createErrorAnswer({ logger }: { logger: Logger }): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return function answerError(failure, req, res, _next) {
    const reply = toErrorReply(failure, { requestId: res.locals.requestId, logger });
    if (res.headersSent) {
      // Too late to say anything: a cut connection at least tells the caller that this was not the whole answer.
      res.destroy();
      return;
    }
    if (reply.retryAfterSeconds !== undefined) res.setHeader('retry-after', Math.ceil(reply.retryAfterSeconds));
    if (reply.status === 401) res.setHeader('www-authenticate', 'Bearer');
    if (req.path.startsWith('/v1/')) {
      const { status, body } = toOpenAiError(reply);
      res.status(status).json(body);
      return;
    }
    res.status(reply.status);
    if (!req.path.startsWith('/api') && req.accepts(['json', 'html']) === 'html') {
      res.type('html').send(toErrorPage(reply));
    } else {
      res.json(reply.body);
    }
  };
}

/** For paths that no route answers. */
export const refuseUnknownPath: RequestHandler = () => {
  throw new AppError('not_found', 'There is nothing at this address.');
};

function toErrorPage({ status, body }: ErrorReply): string {
  const title = status === 404 ? 'Nothing here' : status >= 500 ? 'That did not work' : 'That is not possible';
  return toAccountPage(
    title,
    `<p>${escapeHtml(body.error.message)}</p>
<p><a class="button main" href="/">Go to the assistant</a></p>`,
  );
}
