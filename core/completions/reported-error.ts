/**
 * What a server reports in place of a piece of an answer, in whichever of the ways that are about: `{"error": …}`, an
 * object of the kind `error`, the same in a list, or a bare message where the choices should be.
 * @returns null for what is no error
 */
export function findReportedError(sent: unknown, { isNamedError = false } = {}): object | string | null {
  if (Array.isArray(sent)) return sent.length === 0 ? null : findReportedError(sent[0], { isNamedError });
  if (typeof sent === 'string') return isNamedError ? sent : null;
  if (typeof sent !== 'object' || sent === null) return null;
  const { error, object, choices, message, detail, error_code: errorCode } = sent as Record<string, unknown>;
  if (typeof error === 'object' && error !== null) return error;
  if (typeof error === 'string' && error !== '') return sent;
  if (isNamedError || object === 'error') return sent;
  const isAnswer = Array.isArray(choices) || 'usage' in sent;
  // FastChat sends what went wrong as the text of an answer, with a code beside it that is 0 otherwise.
  const isTold = typeof message === 'string' || detail !== undefined || Boolean(errorCode);
  return !isAnswer && isTold ? sent : null;
}
