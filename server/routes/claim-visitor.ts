import type { Request } from 'express';
import { z } from 'zod';
import type { App } from '../../core/app.ts';
import { AppError } from '../../core/errors.ts';
import type { AccessTokens } from '../../core/users/access-tokens.ts';
import { endpoint } from '../endpoint.ts';
import { assertSameWebsite } from '../middleware/authenticate.ts';

interface ClaimOptions {
  claimVisitor: App['claimVisitor'];
  tokens: AccessTokens;
}

const claimedShape = z
  .object({ claimed_sessions: z.int().min(0).meta({ description: 'How many chats are mine from now on.' }) })
  .meta({ id: 'Claimed' });

/** For our own page after a login: what was asked in this browser before belongs to whoever logged in. */
export function createClaimEndpoint({ claimVisitor, tokens }: ClaimOptions) {
  /** @throws AppError `invalid_request`: it is not the caller's own login that is refused here */
  async function findVisitorId(req: Request, token: string): Promise<string> {
    try {
      // Whose chats were claimed before is gone: asking again is no error.
      const grant = await tokens.verify(token, { evenIfGone: true });
      if (grant.loginId !== undefined) throw new AppError('unauthorized', 'It belongs to a login.');
      assertSameWebsite(req, grant);
      return grant.userId;
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'unauthorized') throw error;
      throw new AppError('invalid_request', `visitor_token is not of a visitor of this website: ${error.message}`, {
        cause: error,
      });
    }
  }

  return endpoint({
    summary: 'Take over the chats of the visitor I was before I logged in',
    description:
      'Once: the visitor token opens nothing afterwards, and a second time takes nothing more. Only chats come along. While an answer to the visitor is being written, it is refused with 409 and Retry-After.',
    tag: 'Visitors',
    body: z.strictObject({ visitor_token: z.string().min(1, 'is missing').max(4000, 'is not one of ours') }),
    responses: { 200: { description: 'Done.', content: { 'application/json': { schema: claimedShape } } } },
    errors: ['conflict'],
    async handle({ req, grant, body }) {
      if (grant.loginId === undefined) throw new AppError('forbidden', 'Log in first: a visitor cannot claim another.');
      const visitorId = await findVisitorId(req, body.visitor_token);
      const chats = await claimVisitor({ visitorId, userId: grant.userId });
      return { status: 200, body: { claimed_sessions: chats } };
    },
  });
}
