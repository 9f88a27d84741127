import type { RequestHandler } from 'express';
import { AppError } from '../../core/errors.ts';

/**
 * Nobody who writes to us has to compress it, and a decompressor that anybody may feed without a token is a way in: no
 * body in another encoding than identity is read. It stands before everything that reads one, webhooks included.
 */
export const refuseEncodedBodies: RequestHandler = (req, _res, next) => {
  const encodings = (req.headers['content-encoding'] ?? '').split(',').map((encoding) => encoding.trim().toLowerCase());
  if (encodings.every((encoding) => encoding === '' || encoding === 'identity')) return next();
  next(new AppError('unsupported_encoding', 'Send the body as it is: a content-encoding is not accepted here.'));
};
