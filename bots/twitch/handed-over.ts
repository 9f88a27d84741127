import { AppError } from '../../core/errors.ts';

/** The turn goes on in another process, or in the same one after its restart, which tells its end. */
export class HandedOverError extends Error {
  override readonly name = 'HandedOverError';
}

/** Whether following a turn ended in this way. */
export function isHandedOver(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'shutting_down' || error.code === 'conflict');
}
