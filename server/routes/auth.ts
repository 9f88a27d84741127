import type { Request } from 'express';
import { z } from 'zod';
import type { Accounts } from '../../core/accounts/accounts.ts';
import type { Profile } from '../../core/accounts/accounts-repository.ts';
import { AppError } from '../../core/errors.ts';
import type { Logins } from '../../core/logins/logins.ts';
import type { Login } from '../../core/logins/logins-repository.ts';
import type { AccessTokens } from '../../core/users/access-tokens.ts';
import { endpoint, openEndpoint } from '../endpoint.ts';
import { toLoginPlace } from '../login-place.ts';
import { loginTokensShape, toLoginTokensShape } from '../shapes/login.ts';
import { profileShape, toProfileShape } from '../shapes/profile.ts';
import { writtenText } from '../shapes/text.ts';

interface AuthOptions {
  accounts: Accounts;
  logins: Logins;
  tokens: AccessTokens;
}

const tag = 'Login';
const username = writtenText(200);
const password = z.string().min(1, 'is missing').max(300, 'must have at most 300 characters');
const someTokens = { 'application/json': { schema: loginTokensShape } };

export function createAuthEndpoints({ accounts, logins, tokens }: AuthOptions) {
  async function toReply(
    req: Request,
    profile: Profile,
    { login, refreshToken }: { login: Login; refreshToken: string },
  ) {
    const origin = req.headers.origin ?? null;
    const issued = await tokens.issue({ userId: profile.id, origin, loginId: login.id });
    return toLoginTokensShape(profile, { issued, refreshToken });
  }

  return {
    register: openEndpoint({
      summary: 'Register with a username and a password',
      tag,
      body: z.strictObject({
        username: username.meta({ description: '3 to 32 letters of one alphabet, digits and . _ -' }),
        email: writtenText(254).nullable().optional().meta({ description: 'Another name to log in with.' }),
        password: password.meta({ description: 'At least 10 characters, and hard to guess.' }),
      }),
      responses: { 201: { description: 'Registered and logged in.', content: someTokens } },
      errors: ['conflict'],
      async handle({ req, body }) {
        const place = toLoginPlace(req);
        const profile = await accounts.register({ ...body, email: body.email ?? null, network: place.network });
        return { status: 201, body: await toReply(req, profile, await logins.start(profile.id, place)) };
      },
    }),

    logIn: openEndpoint({
      summary: 'Log in with a username or an email address',
      description: 'Answers the same, and as slowly, whether or not the name exists. Guessing is slowed down.',
      tag,
      body: z.strictObject({ username, password }),
      responses: { 200: { description: 'Logged in.', content: someTokens } },
      errors: ['unauthorized'],
      async handle({ req, body }) {
        const place = toLoginPlace(req);
        const attempt = { name: body.username, password: body.password, network: place.network };
        const profile = await accounts.checkPassword(attempt);
        return { status: 200, body: await toReply(req, profile, await logins.start(profile.id, place)) };
      },
    }),

    refresh: openEndpoint({
      summary: 'Get the next tokens of a login',
      description: 'A refresh token works once. One that comes a second time ends the login, and all its tokens.',
      tag,
      body: z.strictObject({ refresh_token: z.string().min(1, 'is missing').max(200, 'is not one of ours') }),
      responses: { 200: { description: 'Renewed.', content: someTokens } },
      errors: ['unauthorized'],
      async handle({ req, body }) {
        const renewed = await logins.refresh(body.refresh_token);
        const profile = await accounts.getProfile(renewed.login.userId);
        return { status: 200, body: await toReply(req, profile, renewed) };
      },
    }),

    changePassword: endpoint({
      summary: 'Change my password',
      description: 'Everywhere else, I am logged out at once.',
      tag,
      body: z.strictObject({
        current_password: password,
        password: password.meta({ description: 'The new one: at least 10 characters, and hard to guess.' }),
      }),
      responses: { 204: { description: 'Changed.' } },
      errors: ['conflict'],
      async handle({ req, grant: { userId, loginId }, body }) {
        const { network } = toLoginPlace(req);
        await accounts.changePassword({ userId, current: body.current_password, next: body.password, network });
        await logins.endAll({ userId, exceptLoginId: loginId });
        return { status: 204 };
      },
    }),

    logOut: endpoint({
      summary: 'Log out here',
      description: 'At once: neither the access token nor the refresh token of this login works any more.',
      tag,
      responses: { 204: { description: 'Logged out.' } },
      async handle({ grant }) {
        if (grant.loginId === undefined) throw new AppError('forbidden', 'A visitor is not logged in.');
        await logins.end({ userId: grant.userId, loginId: grant.loginId });
        return { status: 204 };
      },
    }),

    me: endpoint({
      summary: 'Who I am',
      tag,
      responses: { 200: { description: 'Me.', content: { 'application/json': { schema: profileShape } } } },
      async handle({ grant }) {
        return { status: 200, body: toProfileShape(await accounts.getProfile(grant.userId)) };
      },
    }),
  };
}
