import type { RequestHandler } from 'express';
import { AppError } from '../../core/errors.ts';

/**
 * For requests to an address that none of its routes took: says which methods it has.
 * @param methods of these routes, in capitals
 */
export function refuseOtherMethods(methods: string[]): RequestHandler {
  const allowed = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  return (req, res) => {
    res.setHeader('allow', allowed);
    if (req.method !== 'OPTIONS') throw new AppError('method_not_allowed', `This address takes ${allowed} only.`);
    res.status(204).end();
  };
}
