import { AppError } from '../core/errors.ts';

/**
 * What an API key may not do: whoever finds one in a repository must not be able to take over its owner, lock them
 * out, spend more than its cap with a key of their own making, read everything the owner ever said, or erase it.
 */
const OUT_OF_REACH = [
  '/api/api-keys',
  '/api/auth',
  '/api/links',
  '/api/users/me',
  '/api/visitors',
  '/api/wallet/recharge',
];
/** Reading who one is harms nobody. */
const WITHIN_REACH = ['GET /api/auth/me'];

/** @param path as the route is declared, or as OpenAPI writes it */
export function isWithinReach(method: string, path: string): boolean {
  if (WITHIN_REACH.includes(`${method.toUpperCase()} ${path}`)) return true;
  return !OUT_OF_REACH.some((start) => path === start || path.startsWith(`${start}/`));
}

/** @throws AppError `forbidden` */
export function assertWithinReach(method: string, path: string): void {
  if (isWithinReach(method, path)) return;
  throw new AppError('forbidden', 'An API key may not do this. Log in, and do it there.');
}
