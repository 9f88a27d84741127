import type { Request, RequestHandler, Response } from 'express';
import { AppError, type ErrorCode } from '../../core/errors.ts';
import type { AuthorizationRequest, BroughtBack } from '../../core/identities/authorization-requests.ts';
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
import { createSignInBrowser } from '../sign-in-browser.ts';
import { sendPage } from './login-pages.ts';

export interface ProviderPagesOptions {
  signInProviders: SignInProvider[];
  identities: Identities;
  links: Pick<Links, 'create'>;
  profileSources: Pick<ProfileSources, 'scopesOf' | 'turnOn'>;
  cookieLogins: CookieLogins;
  isHttps: boolean;
  logger: Logger;
}

/** How browsers mark what was begun on our own page, by a bookmark or by typing; the oldest mark nothing. */
const OWN_DOING: ReadonlySet<unknown> = new Set(['same-origin', 'none', undefined]);

/** The way to a provider and back. Whatever goes wrong there ends in a page with a way on. */
export function createProviderPages(options: ProviderPagesOptions) {
  const { signInProviders, identities, links, profileSources, cookieLogins, logger } = options;
  const browser = createSignInBrowser(options);

  function getProvider(req: Request): SignInProvider {
    const provider = signInProviders.find(({ id }) => id === req.params.provider);
    if (!provider) throw new AppError('not_found', 'There is no such way to log in here.');
    return provider;
  }

  /** Links the account to whoever began the attempt, or logs its person in. Gives where to go on. */
  async function accept(
    req: Request,
    res: Response,
    request: AuthorizationRequest,
    profile: ProviderProfile,
  ): Promise<Accepted> {
    const login = await cookieLogins.find(req);
    const next = toLocalPath(request.next);
    if (login && request.userId === null && (await identities.findOwner(profile)) === login.userId) {
      // Two tabs have logged the same person in.
      await identities.link(login.userId, profile);
      return { hasLoggedIn: false, next };
    }
    if ((login?.userId ?? null) !== request.userId) {
      throw new AppError('invalid_request', 'You have logged in or out meanwhile. Please start again.');
    }
    if (!login) {
      await cookieLogins.start(req, res, await identities.signIn(profile), { provider: profile.platform });
      return { hasLoggedIn: true, next };
    }
    const ownerId = await identities.link(login.userId, profile);
    if (ownerId !== login.userId) return { hasLoggedIn: false, next: await askToMerge(ownerId, profile) };
    const told = PROFILE_PROVIDERS.find((id) => id === profile.platform);
    if (request.turnsOnProfile && told) await profileSources.turnOn(login.userId, told);
    return { hasLoggedIn: false, next };
  }

  /** The first time an answer comes; how it ends is kept, also where it ends with a refusal. */
  async function acceptFirst(
    req: Request,
    res: Response,
    provider: SignInProvider,
    { request, broughtBack }: { request: AuthorizationRequest; broughtBack: BroughtBack },
  ): Promise<string> {
    try {
      const accepted = await accept(req, res, request, await provider.finish(queryOf(req), request));
      await identities.authorizations.end(broughtBack, { kind: 'accepted', ...accepted });
      return accepted.next;
    } catch (error) {
      if (error instanceof AppError) {
        const { code, message } = error;
        await identities.authorizations.end(broughtBack, { kind: 'refused', code, message });
      }
      throw error;
    }
  }

  /**
   * The same answer once more, as after a reload or a second click: the code in it is used up. Whoever was logged in by
   * the first one goes on to where they wanted to be. Where that never reached the browser they go to the provider once
   * more, which knows them: an answer that was copied logs nobody in.
   */
  async function acceptAgain(req: Request, broughtBack: BroughtBack): Promise<string> {
    const outcome = await identities.authorizations.findOutcome(broughtBack);
    if (outcome === null) throw notBegunHere();
    if (outcome.kind === 'refused') throw new AppError(outcome.code as ErrorCode, outcome.message);
    const { next } = outcome;
    if (!outcome.hasLoggedIn || (await cookieLogins.find(req))) return next;
    return `/login/${broughtBack.provider}?next=${encodeURIComponent(next)}`;
  }

  async function answer(req: Request, res: Response): Promise<string> {
    const provider = getProvider(req);
    const state = new URLSearchParams(queryOf(req)).get('state');
    const known = browser.read(req);
    // It may be a no, which some bring back without the state.
    if (state === null) await provider.finish(queryOf(req), provider.createSecrets());
    if (state === null || known === null) throw notBegunHere();
    const broughtBack = { provider: provider.id, browser: known, state };
    const request = await identities.authorizations.claim(broughtBack);
    return request ? acceptFirst(req, res, provider, { request, broughtBack }) : acceptAgain(req, broughtBack);
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
        await identities.authorizations.begin(
          { provider: provider.id, browser: browser.keep(req, res) },
          { ...secrets, next, userId: login?.userId ?? null, turnsOnProfile },
        );
        res.redirect(303, url.href);
      } catch (error) {
        explain(res, error);
      }
    },

    async callback(req, res) {
      try {
        res.redirect(303, await answer(req, res));
      } catch (error) {
        explain(res, error);
      }
    },
  } satisfies Record<string, RequestHandler>;
  return handlers;
}

interface Accepted {
  /** False where an account was linked to whoever was logged in. */
  hasLoggedIn: boolean;
  next: string;
}

/** What came with the request, `?` included. */
function queryOf(req: Request): string {
  return req.originalUrl.slice(req.path.length);
}

function notBegunHere(): AppError {
  return new AppError(
    'invalid_request',
    'This sign-in was not begun in this browser, or it took too long. Please start again.',
  );
}

/** The library's own code only: its errors carry what the provider answered, tokens included. */
function toReason(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const detail = 'error' in cause ? cause.error : 'code' in cause ? cause.code : undefined;
  return typeof detail === 'string' ? `${cause.name}: ${detail.slice(0, 100)}` : cause.name;
}
