import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import type { Accounts } from '../../core/accounts/accounts.ts';
import type { Profile } from '../../core/accounts/accounts-repository.ts';
import { AppError } from '../../core/errors.ts';
import type { Identities, Identity } from '../../core/identities/identities.ts';
import type { Logins } from '../../core/logins/logins.ts';
import type { Login } from '../../core/logins/logins-repository.ts';
import type { ProviderKeys } from '../../core/provider-keys/provider-keys.ts';
import { toAttribute, toPage } from '../account-page-html.ts';
import { allowPictures } from '../allow-pictures.ts';
import type { CookieLogins } from '../cookie-logins.ts';
import { escapeHtml, linkHtml } from '../markdown-html.ts';
import { parseRequestPart } from '../parse-request.ts';
import { uuid } from '../shapes/text.ts';
import { toAccountNav, toSiteBar } from '../site-bar.ts';
import { sendPage } from './login-pages.ts';

const identityParams = z.object({ identity_id: uuid });
const loginParams = z.object({ login_id: uuid });

export interface AccountPageOptions {
  accounts: Accounts;
  logins: Logins;
  identities: Identities;
  providerKeys: Pick<ProviderKeys, 'get'>;
  cookieLogins: CookieLogins;
  providers: { id: string; name: string }[];
  assistantName: string;
  isHttps: boolean;
}

/**
 * Who I am here, and where I am logged in: plain forms for every browser, and an element that shows more where scripts
 * run.
 */
export function createAccountPage(options: AccountPageOptions) {
  const { accounts, logins, identities, providerKeys, cookieLogins, providers, assistantName, isHttps } = options;

  async function getLogin(req: Request): Promise<Login> {
    cookieLogins.assertOwnPage(req);
    const login = await cookieLogins.find(req);
    if (!login) throw new AppError('unauthorized', 'Your login has ended. Please log in again.');
    return login;
  }

  async function hasKey(userId: string): Promise<boolean> {
    try {
      await providerKeys.get(userId);
      return true;
    } catch (error) {
      if (error instanceof AppError && error.code === 'not_found') return false;
      throw error;
    }
  }

  const handlers = {
    async page(req, res) {
      const login = await cookieLogins.find(req);
      if (!login) {
        res.redirect(303, '/login?next=%2Faccount');
        return;
      }
      const { userId } = login;
      const [profile, all, linked, hasOwnKey] = await Promise.all([
        accounts.getProfile(userId),
        logins.list(userId),
        identities.list(userId),
        hasKey(userId),
      ]);
      const open = providers.filter(({ id }) => !linked.some(({ platform }) => platform === id));
      const lines = [
        `<h1>${escapeHtml(profile.displayName)}</h1>`,
        profile.username === null ? '' : `<p>Username: ${escapeHtml(profile.username)}</p>`,
        profile.email === null ? '' : `<p>Email: ${escapeHtml(profile.email)}</p>`,
        `<h2>Linked accounts</h2>\n<ul>${linked.map(toLinkedItem).join('\n')}</ul>`,
        ...open.map(({ id, name }) => `<a class="button" href="/login/${id}">Link ${escapeHtml(name)}</a>`),
        `<h2>Where you are logged in</h2>\n<ul>${all.map((one) => toItem(one, login.id)).join('\n')}</ul>`,
        '<h2>Your data</h2>\n<a class="button" href="/api/users/me/export">Download everything</a>',
      ];
      allowPictures(res, [profile.pictureUrl, ...linked.map(({ pictureUrl }) => pictureUrl)], { isHttps });
      const page = toAttribute({
        profile: toPageProfile(profile),
        providers: providers.map(({ id, name }) => ({ id, name })),
        has_own_key: hasOwnKey,
      });
      sendPage(
        res,
        toPage({
          title: `${profile.displayName} · ${assistantName}`,
          bar: toSiteBar(assistantName, toAccountNav(profile)),
          scripts: ['/pages.js'],
          body: `<parley-account page="${page}">${lines.join('\n')}</parley-account>`,
        }),
      );
    },

    async endLogin(req, res) {
      const { userId } = await getLogin(req);
      const { login_id: loginId } = parseRequestPart('params', loginParams, req.params);
      await logins.end({ userId, loginId });
      res.redirect(303, '/account');
    },

    async unlink(req, res) {
      const { userId } = await getLogin(req);
      const { identity_id: identityId } = parseRequestPart('params', identityParams, req.params);
      await identities.unlink({ userId, identityId });
      res.redirect(303, '/account');
    },
  } satisfies Record<string, RequestHandler>;
  return handlers;
}

function toPageProfile({ displayName, username, email, pictureUrl }: Profile) {
  return { display_name: displayName, username, email, picture_url: pictureUrl };
}

function toLinkedItem({ id, platform, displayName, profileUrl }: Identity): string {
  const name = profileUrl === null ? escapeHtml(displayName) : linkHtml(profileUrl, escapeHtml(displayName));
  return `<li>${escapeHtml(platform)}: ${name}<form method="post" action="/account/identities/${id}/unlink"><button>Unlink</button></form></li>`;
}

function toItem(login: Login, currentId: string): string {
  const when = login.lastUsedAt.toISOString();
  const where = `${escapeHtml(login.userAgent ?? 'Unknown program')}<br><span class="note">${escapeHtml(login.network ?? '')}, last used <time datetime="${when}">${when.slice(0, 10)}</time></span>`;
  if (login.id === currentId) return `<li>${where}<br><strong>This browser</strong></li>`;
  return `<li>${where}<form method="post" action="/account/logins/${login.id}/end"><button>Log out there</button></form></li>`;
}
