import type { Request, RequestHandler, Response } from 'express';
import { AppError } from '../../core/errors.ts';
import type { Links } from '../../core/links/links.ts';
import { allowPictures } from '../allow-pictures.ts';
import type { CookieLogins } from '../cookie-logins.ts';
import { toConsentPage, toLinkOutcomePage } from '../link-page-html.ts';
import type { RateLimits } from '../rate-limits.ts';
import { sendPage } from './login-pages.ts';

export interface LinkPagesOptions {
  links: Pick<Links, 'look' | 'accept' | 'decline'>;
  cookieLogins: CookieLogins;
  rateLimits: Pick<RateLimits, 'countLinkLook'>;
  isHttps: boolean;
}

type Outcome = Parameters<typeof toLinkOutcomePage>[0];

/** Opening a one-time address shows who is to be linked; only the answer given on that page does anything. */
export function createLinkPages({ links, cookieLogins, rateLimits, isHttps }: LinkPagesOptions) {
  const codeOf = (req: Request) => String(req.params.code);

  /** Null when nobody is logged in: they are sent to do so, and come back. */
  async function findUserId(req: Request, res: Response): Promise<string | null> {
    const login = await cookieLogins.find(req);
    if (!login) res.redirect(303, `/login?next=${encodeURIComponent(`/link/${encodeURIComponent(codeOf(req))}`)}`);
    return login?.userId ?? null;
  }

  function showOutcome(res: Response, outcome: Outcome): void {
    sendPage(res.status(outcome === 'gone' ? 404 : 200), toLinkOutcomePage(outcome));
  }

  const handlers = {
    async page(req, res) {
      const userId = await findUserId(req, res);
      if (userId === null) return;
      await rateLimits.countLinkLook(req.ip ?? '');
      const view = await links.look({ code: codeOf(req), userId });
      if (view.outcome !== 'open') {
        showOutcome(res, view.outcome);
        return;
      }
      allowPictures(res, [view.mine.pictureUrl, view.theirs.pictureUrl], { isHttps });
      sendPage(res, toConsentPage({ ...view, userId, path: `/link/${encodeURIComponent(codeOf(req))}` }));
    },

    async answer(req, res) {
      cookieLogins.assertOwnPage(req);
      const userId = await findUserId(req, res);
      if (userId === null) return;
      await rateLimits.countLinkLook(req.ip ?? '');
      const { me, answer } = (req.body ?? {}) as Record<string, unknown>;
      if (answer === 'cancel') {
        await links.decline(codeOf(req));
        showOutcome(res, 'cancelled');
        return;
      }
      if (answer !== 'link') throw new AppError('invalid_request', 'Please press one of the two buttons on the page.');
      if (me !== userId) {
        throw new AppError('conflict', 'You have logged in as somebody else meanwhile. Open the address again.');
      }
      showOutcome(res, await links.accept({ code: codeOf(req), userId }));
    },
  } satisfies Record<string, RequestHandler>;
  return handlers;
}
