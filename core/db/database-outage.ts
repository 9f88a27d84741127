/** SQLSTATE classes and codes of a server that is gone, going, starting, full or read-only, rather than of a wrong query. */
const OUTAGE_STATE = /^(08...|57P0[1-5]|53...|25006)$/;
const OUTAGE_ERRNO = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Whether a query failed because the database could not be reached, so that trying again later makes sense. */
export function isDatabaseOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // What knex throws while no connection comes free, and pg for a connection that ended under a query, have no code.
  if (error.name === 'KnexTimeoutError' || /^Connection terminated/.test(error.message)) return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return OUTAGE_STATE.test(code) || OUTAGE_ERRNO.has(code);
}
