import { setTimeout } from 'node:timers/promises';
import type { Request } from 'express';
import { z } from 'zod';
import type { App } from '../../core/app.ts';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { type AccessTokens, VISITOR_RENEWAL_SECONDS } from '../../core/users/access-tokens.ts';
import type { SiteUser, SiteUsers } from '../../core/users/site-users.ts';
import type { User } from '../../core/users/user.ts';
import type { Users } from '../../core/users/users.ts';
import { openEndpoint } from '../endpoint.ts';
import { assertSameWebsite, findBearerToken } from '../middleware/authenticate.ts';
import type { RateLimits } from '../rate-limits.ts';
import { toVisitorShape, visitorShape } from '../shapes/visitor.ts';

const ANSWER_TRIES = 10;
const ANSWER_WAIT_MS = 200;

interface VisitorsOptions {
  users: Users;
  siteUsers: SiteUsers;
  claimVisitor: App['claimVisitor'];
  tokens: AccessTokens;
  rateLimits: RateLimits;
  logger: Logger;
}

export function createVisitorEndpoints({
  users,
  siteUsers,
  claimVisitor,
  tokens,
  rateLimits,
  logger,
}: VisitorsOptions) {
  /**
   * The anonymous person of an old token.
   * @throws AppError `unauthorized` also when they are gone, as after a fresh start with an old secret
   */
  async function getVisitor(req: Request, token: string): Promise<User> {
    const grant = await tokens.verify(token, { expiredForSeconds: VISITOR_RENEWAL_SECONDS });
    // A visitor's token outlives the login it would come from, and cannot be ended.
    if (grant.loginId !== undefined) {
      throw new AppError('unauthorized', 'This token belongs to a login. Renew it at POST /api/auth/refresh.');
    }
    assertSameWebsite(req, grant);
    const user = await users.find(grant.userId);
    if (!user) throw new AppError('unauthorized', 'The person this access token speaks for no longer exists.');
    if (!(await users.isAnonymous(user.id))) {
      throw new AppError('unauthorized', 'Only an anonymous visitor is renewed. Send a user_token that is valid now.');
    }
    return user;
  }

  /**
   * Gives the chats of the anonymous visitor of an old token to the user of the website who comes with it.
   * @throws AppError `conflict` while an answer to the visitor is still being written
   */
  async function claimChats(req: Request, token: string, userId: string): Promise<void> {
    try {
      const visitor = await getVisitor(req, token);
      await whenAnswered(() => claimVisitor({ visitorId: visitor.id, userId }));
    } catch (error) {
      // Of somebody else, or too old: it is no reason not to let this person in.
      if (!(error instanceof AppError) || error.code !== 'unauthorized') throw error;
    }
  }

  /** Whom the website vouches for; null when nothing was said that proves it, which is told to the operator. */
  async function findSiteUser(
    token: string | null | undefined,
    { origin, requestId }: { origin: string | null; requestId: string },
  ): Promise<SiteUser | null> {
    if (!token) return null;
    const found = await siteUsers.recognise(token, origin);
    if ('user' in found) return found;
    logger.info({ requestId, origin, reason: found.refusal }, 'a user-token was refused: its visitor stays anonymous');
    return null;
  }

  return {
    create: openEndpoint({
      summary: 'Start as an anonymous visitor, or stay the same one',
      description:
        'Without a token: a new visitor. With a visitor token that is valid or expired at most 30 days ago: a new token for the same visitor, whose chats stay theirs. The token works only on the website (Origin) that asked for it; asked for without an Origin, only without one. With a user_token that the website signed: a token for that user of the website, which ends when the user_token does; the chats of an anonymous visitor whose token comes along become theirs, and that token ends. A user_token that proves nothing changes nothing: the visitor is anonymous.',
      tag: 'Visitors',
      body: z
        .strictObject({
          user_token: z.string().nullish().meta({
            description:
              'A JWT (HS256, signed with WIDGET_IDENTITY_SECRET) with sub, exp within the hour, and maybe name, email, origin.',
          }),
        })
        .optional(),
      responses: {
        200: { description: 'Renewed.', content: { 'application/json': { schema: visitorShape } } },
        201: { description: 'A new visitor.', content: { 'application/json': { schema: visitorShape } } },
      },
      errors: ['unauthorized', 'conflict'],
      async handle({ req, res, body }) {
        const origin = req.headers.origin ?? null;
        const old = findBearerToken(req);
        const siteUser = await findSiteUser(body?.user_token, { origin, requestId: res.locals.requestId });
        if (siteUser) {
          const { user, email, endsBy } = siteUser;
          if (old !== null) await claimChats(req, old, user.id);
          const issued = await tokens.issue({ userId: user.id, origin }, { endsBy });
          return { status: 201, body: toVisitorShape({ ...user, email }, issued) };
        }
        if (old === null) await rateLimits.countNewVisitor(req.ip ?? '');
        const user = old === null ? await users.createVisitor() : await getVisitor(req, old);
        const issued = await tokens.issue({ userId: user.id, origin });
        return { status: old === null ? 201 : 200, body: toVisitorShape({ ...user, email: null }, issued) };
      },
    }),
  };
}

/** Who signs in has just left their answer alone; it takes a moment to end. */
async function whenAnswered<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const isRunning = error instanceof AppError && error.retryAfterSeconds !== undefined;
      if (!isRunning || tries === ANSWER_TRIES) throw error;
      await setTimeout(ANSWER_WAIT_MS);
    }
  }
}
