import type { Dispatcher } from 'undici';
import { AppError } from '../errors.ts';

/** What a server may answer in: as it is, or in the one encoding whose decompressor is let near what others send. */
const READABLE = /^(?:identity|gzip|x-gzip)?$/;

/**
 * Ends an answer in another encoding before a byte of its body is decoded, whatever it was asked for: `fetch` decodes
 * what a server declares, in as many layers as it declares.
 */
export const refuseEncodings: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
  dispatch(options, {
    onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
    onRequestUpgrade: (...upgrade) => handler.onRequestUpgrade?.(...upgrade),
    onResponseStart(controller, status, headers, statusMessage) {
      const encoding = String(headers['content-encoding'] ?? '')
        .trim()
        .toLowerCase();
      if (!READABLE.test(encoding)) return controller.abort(unreadable(encoding));
      handler.onResponseStart?.(controller, status, headers, statusMessage);
    },
    onResponseData: (controller, bytes) => handler.onResponseData?.(controller, bytes),
    onResponseEnd: (controller, trailers) => handler.onResponseEnd?.(controller, trailers),
    onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
  });

function unreadable(encoding: string): AppError {
  const name = encoding.replace(/[^\w, -]/g, '').slice(0, 40);
  return new AppError('fetch_failed', `It answers in an encoding that is not read here (${name}).`);
}
