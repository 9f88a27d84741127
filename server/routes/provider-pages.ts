import type { Request, RequestHandler, Response } from 'express';
import type { Encryption } from '../../core/encryption/encryption.ts';
import { AppError } from '../../core/errors.ts';
import type { Identities } from '../../core/identities/identities.ts';
import type { Links } from '../../core/links/links.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { PROFILE_PROVIDERS } from '../../core/ports/profile-reader.ts';
import type { ProviderProfile, SignInProvider } from '../../core/ports/sign-in-provider.ts';
import type { ProfileSources } from '../../core/profile-sources/profile-sources.ts';
import { toAccountPage } from '../account-page-html.ts';
import type { CookieLogins } from '../cookie-logins.ts';
import { ERROR_STATUS } from '../error-status.ts';
import { toLocalPath } from '../local-path.ts';
import { escapeHtml } from '../markdown-html.ts';
import { createSignInAttempts, type SignInAttempt } from '../sign-in-attempt.ts';
import { sendPage } from './login-pages.ts';

export interface ProviderPagesOptions {
  signInProviders: SignInProvider[];
  identities: Identities;
  links: Pick<Links, 'create'>;
  profileSources: Pick<ProfileSources, 'scopesOf' | 'turnOn'>;
  cookieLogins: CookieLogins;
  encryption: Encryption;
  isHttps: boolean;
  logger: Logger;
}

/** How browsers mark what was begun on our own page, by a bookmark or by typing; the oldest mark nothing. */
const OWN_DOING: ReadonlySet<unknown> = new Set(['same-origin', 'none', undefined]);

/** The way to a provider and back. Whatever goes wrong there ends in a page with a way on. */
export function createProviderPages(options: ProviderPagesOptions) {
  const { signInProviders, identities, links, profileSources, cookieLogins, logger } = options;
  const attempts = createSignInAttempts(options);

  function getProvider(req: Request): SignInProvider {
    const provider = signInProviders.find(({ id }) => id === req.params.provider);
    if (!provider) throw new AppError('not_found', 'There is no such way to log in here.');
    return provider;
  }

  async function finish(req: Request, provider: SignInProvider, attempt: SignInAttempt | null) {
    if (!attempt) {
      throw new AppError(
        'invalid_request',
        'This sign-in was not begun in this browser, or it took too long. Please start again.',
      );
    }
    const query = req.originalUrl.slice(req.path.length);
    return provider.finish(query, attempt);
  }

  /** Links the account to whoever began the attempt, or logs its person in. Gives where to go on. */
  async function accept(req: Request, res: Response, attempt: SignInAttempt | null, profile: ProviderProfile) {
    const login = await cookieLogins.find(req);
    if ((login?.id ?? null) !== attempt?.loginId) {
      throw new AppError('invalid_request', 'You have logged in or out meanwhile. Please start again.');
    }
    const next = toLocalPath(attempt?.next);
    if (!login) {
      await cookieLogins.start(req, res, await identities.signIn(profile));
      return next;
    }
    const ownerId = await identities.link(login.userId, profile);
    if (ownerId !== login.userId) return askToMerge(ownerId, profile);
    const told = PROFILE_PROVIDERS.find((id) => id === profile.platform);
    if (attempt?.turnsOnProfile && told) await profileSources.turnOn(login.userId, told);
    return next;
  }

  /** The account is another person's here, who has just proved to be them: both sides are shown and asked. */
  async function askToMerge(ownerId: string, profile: ProviderProfile): Promise<string> {
    const { url } = await links.create({ userId: ownerId, identity: profile });
    return new URL(url).pathname;
  }

  /** Shows a refusal with a way on. */
  function explain(res: Response, error: unknown): void {
    if (!(error instanceof AppError)) throw error;
    const { requestId } = res.locals;
    logger.warn({ requestId, code: error.code, reason: toReason(error.cause) }, 'a sign-in did not work');
    const body = `<p class="problem" role="alert">${escapeHtml(error.message)}</p>
<p><a class="button main" href="/login">Try again, or log in another way</a></p>
<p><a href="/account">My account</a> · <a href="/">Back to the assistant</a></p>`;
    sendPage(res.status(ERROR_STATUS[error.code]), toAccountPage('That did not work', body));
  }

  const handlers = {
    async begin(req, res) {
      try {
        const provider = getProvider(req);
        const login = await cookieLogins.find(req);
        // Linking is for the person to begin, not for a link on another website.
        if (login && !OWN_DOING.has(req.headers['sec-fetch-site'])) {
          res.redirect(303, '/account');
          return;
        }
        const consentsTo = PROFILE_PROVIDERS.find((id) => id === provider.id && req.query.consent === 'profile');
        if (consentsTo && !login) {
          res.redirect(303, `/login?next=${encodeURIComponent(req.originalUrl)}`);
          return;
        }
        const secrets = provider.createSecrets(consentsTo && profileSources.scopesOf(consentsTo));
        const url = await provider.toAuthorizeUrl(secrets);
        const next = toLocalPath(req.query.next);
        // Only where the browser tells that it was the person's own doing; otherwise they switch it on afterwards.
        const turnsOnProfile = consentsTo !== undefined && req.headers['sec-fetch-site'] !== undefined;
        attempts.keep(res, { ...secrets, provider: provider.id, next, loginId: login?.id ?? null, turnsOnProfile });
        res.redirect(303, url.href);
      } catch (error) {
        explain(res, error);
      }
    },

    async callback(req, res) {
      try {
        const provider = getProvider(req);
        const attempt = attempts.take(req, res, provider.id);
        res.redirect(303, await accept(req, res, attempt, await finish(req, provider, attempt)));
      } catch (error) {
        explain(res, error);
      }
    },
  } satisfies Record<string, RequestHandler>;
  return handlers;
}

/** The library's own code only: its errors carry what the provider answered, tokens included. */
function toReason(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const detail = 'error' in cause ? cause.error : 'code' in cause ? cause.code : undefined;
  return typeof detail === 'string' ? `${cause.name}: ${detail.slice(0, 100)}` : cause.name;
}
