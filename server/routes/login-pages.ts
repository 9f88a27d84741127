import type { RequestHandler, Response } from 'express';
import type { Accounts } from '../../core/accounts/accounts.ts';
import { AppError } from '../../core/errors.ts';
import type { SignInProvider } from '../../core/ports/sign-in-provider.ts';
import { toAccountPage, toAttribute, toPage } from '../account-page-html.ts';
import type { CookieLogins } from '../cookie-logins.ts';
import { ERROR_STATUS } from '../error-status.ts';
import { toLocalPath } from '../local-path.ts';
import { toLoginPlace } from '../login-place.ts';
import { escapeHtml } from '../markdown-html.ts';
import { toSiteBar } from '../site-bar.ts';

export interface LoginPagesOptions {
  accounts: Accounts;
  cookieLogins: CookieLogins;
  assistantName: string;
  /** Those that are configured, to be offered on the page. */
  signInProviders: readonly Pick<SignInProvider, 'id' | 'name' | 'toLogOutUrl'>[];
  /** Of the page where people log in. */
  loginAddress: string;
}

/** Signing in and out: plain forms for every browser, and an element that shows them better where scripts run. */
export function createLoginPages(options: LoginPagesOptions) {
  const { accounts, cookieLogins, assistantName, signInProviders, loginAddress } = options;
  function showForm(res: Response, next: string, problem: string | null = null): void {
    const title = `Log in to ${assistantName}`;
    const providers = signInProviders.map(({ id, name }) => ({ id, name }));
    const forms = `<h1>${escapeHtml(title)}</h1>\n${toForms({ next, problem, providers })}`;
    const page = toAttribute({ assistantName, next, providers });
    const body = `<parley-login page="${page}">${forms}</parley-login>`;
    sendPage(res, toPage({ title, bar: toSiteBar(assistantName), body, scripts: ['/pages.js'] }));
  }

  /**
   * What the forms do: prove who it is, then go on; a refusal is shown above the form. The element of the page asks
   * for JSON, and says itself what was refused.
   */
  function submit(prove: (given: Given) => Promise<{ id: string }>): RequestHandler {
    return async (req, res) => {
      cookieLogins.assertOwnPage(req);
      const next = toLocalPath(req.body?.next);
      const wantsJson = req.accepts(['html', 'json']) === 'json';
      try {
        const { id } = await prove({ ...readFields(req.body), network: toLoginPlace(req).network });
        await cookieLogins.start(req, res, id);
        if (wantsJson) res.json({ next });
        else res.redirect(303, next);
      } catch (error) {
        if (wantsJson || !(error instanceof AppError)) throw error;
        if (error.retryAfterSeconds !== undefined) res.set('retry-after', String(error.retryAfterSeconds));
        showForm(res.status(ERROR_STATUS[error.code]), next, error.message);
      }
    };
  }

  const handlers = {
    async form(req, res) {
      const next = toLocalPath(req.query.next);
      if (await cookieLogins.find(req)) res.redirect(303, next);
      else showForm(res, next);
    },
    logIn: submit(({ username, password, network }) => accounts.checkPassword({ name: username, password, network })),
    register: submit((given) => accounts.register(given)),

    async logOut(req, res) {
      // A link on another website must not log anybody out: it is asked first.
      const site = req.headers['sec-fetch-site'];
      if (req.method === 'GET' && site !== undefined && site !== 'same-origin' && site !== 'none') {
        sendPage(res, toAccountPage('Log out?', LOG_OUT_FORM));
        return;
      }
      if (req.method !== 'GET') cookieLogins.assertOwnPage(req);
      const login = await cookieLogins.end(req, res);
      const provider = signInProviders.find(({ id }) => id === login?.provider);
      const there = await provider?.toLogOutUrl(loginAddress).catch(() => null);
      if (!provider || !there) res.redirect(303, '/login');
      else sendPage(res, toAccountPage('You are logged out', toLogOutThere(provider.name, there)));
    },
  } satisfies Record<string, RequestHandler>;
  return handlers;
}

interface Fields {
  username: string;
  email: string | null;
  password: string;
}

type Given = Fields & { network: string };

function readFields(body: unknown): Fields {
  const { username, email, password } = (body ?? {}) as Record<string, unknown>;
  if (typeof username !== 'string' || typeof password !== 'string' || username === '' || password === '') {
    throw new AppError('invalid_request', 'Please give a username and a password.');
  }
  return { username, email: typeof email === 'string' && email.trim() !== '' ? email : null, password };
}

/**
 * Shows a page of ours. Browsers send `Origin` with a form only where the referrer is not hidden from ourselves; and
 * where a script makes HTML of text, it can only be Lit, which escapes what it puts in.
 */
export function sendPage(res: Response, html: string): void {
  const policy = String(res.getHeader('content-security-policy') ?? "default-src 'none'");
  res.set('content-security-policy', `${policy};require-trusted-types-for 'script';trusted-types lit-html`);
  res.set({ 'cache-control': 'no-store', 'referrer-policy': 'same-origin' }).type('html').send(html);
}

const LOG_OUT_FORM = `<form method="post" action="/logout"><button class="main">Log out</button></form>
<p><a href="/account">Stay logged in</a></p>`;

/** Whoever shares the machine would be logged in again by the provider without being asked. */
function toLogOutThere(name: string, { href }: URL): string {
  return `<p>${escapeHtml(name)} still knows you in this browser: whoever uses it next can log in with it here.</p>
<p><a class="button main" href="${escapeHtml(href)}">Log out of ${escapeHtml(name)}, too</a></p>
<p><a href="/login">Log in again</a> · <a href="/">Back to the assistant</a></p>`;
}

function toForms({
  next,
  problem,
  providers,
}: {
  next: string;
  problem: string | null;
  providers: { id: string; name: string }[];
}): string {
  const links = providers.map(
    ({ id, name }) =>
      `<a class="button" href="/login/${escapeHtml(id)}?next=${encodeURIComponent(next)}">Continue with ${escapeHtml(name)}</a>`,
  );
  return `${problem === null ? '' : `<p class="problem" role="alert">${escapeHtml(problem)}</p>`}
${links.join('\n')}
<form method="post" action="/login">
<input type="hidden" name="next" value="${escapeHtml(next)}">
<label for="username">Username or email</label>
<input id="username" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="254">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="300">
<button class="main">Log in</button>
<button formaction="/register">Create an account</button>
</form>
<p class="note">A new account needs a username of 3 to 32 characters and a password of at least 10.</p>
<p><a href="/">Back to the assistant</a></p>`;
}
