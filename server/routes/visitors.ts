import { AppError } from '../../core/errors.ts';
import { type AccessTokens, VISITOR_RENEWAL_SECONDS } from '../../core/users/access-tokens.ts';
import type { User } from '../../core/users/user.ts';
import type { Users } from '../../core/users/users.ts';
import { openEndpoint } from '../endpoint.ts';
import { assertSameWebsite, findBearerToken } from '../middleware/authenticate.ts';
import type { RateLimits } from '../rate-limits.ts';
import { toVisitorShape, visitorShape } from '../shapes/visitor.ts';

interface VisitorsOptions {
  users: Users;
  tokens: AccessTokens;
  rateLimits: RateLimits;
}

export function createVisitorEndpoints({ users, tokens, rateLimits }: VisitorsOptions) {
  /** @throws AppError `unauthorized` when the person is gone, as after a fresh start with an old secret */
  async function getUser(id: string): Promise<User> {
    const user = await users.find(id);
    if (!user) throw new AppError('unauthorized', 'The person this access token speaks for no longer exists.');
    return user;
  }

  return {
    create: openEndpoint({
      summary: 'Start as an anonymous visitor, or stay the same one',
      description:
        'Without a token: a new visitor. With a visitor token that is valid or expired at most 30 days ago: a new token for the same visitor, whose chats stay theirs. The token works only on the website (Origin) that asked for it; asked for without an Origin, only without one.',
      tag: 'Visitors',
      responses: {
        200: { description: 'Renewed.', content: { 'application/json': { schema: visitorShape } } },
        201: { description: 'A new visitor.', content: { 'application/json': { schema: visitorShape } } },
      },
      errors: ['unauthorized'],
      async handle({ req }) {
        const origin = req.headers.origin ?? null;
        const old = findBearerToken(req);
        if (old !== null) {
          const grant = await tokens.verify(old, { expiredForSeconds: VISITOR_RENEWAL_SECONDS });
          // A visitor's token outlives the login it would come from, and cannot be ended.
          if (grant.loginId !== undefined) {
            throw new AppError('unauthorized', 'This token belongs to a login. Renew it at POST /api/auth/refresh.');
          }
          assertSameWebsite(req, grant);
          const user = await getUser(grant.userId);
          return { status: 200, body: toVisitorShape(user, await tokens.issue({ userId: user.id, origin })) };
        }
        await rateLimits.countNewVisitor(req.ip ?? '');
        const user = await users.createVisitor();
        return { status: 201, body: toVisitorShape(user, await tokens.issue({ userId: user.id, origin })) };
      },
    }),
  };
}
