import { access } from 'node:fs/promises';
import path from 'node:path';
import type { RequestHandler } from 'express';
import type { Accounts } from '../../core/accounts/accounts.ts';
import { AppError } from '../../core/errors.ts';
import { toAttribute, toPage } from '../account-page-html.ts';
import { allowPictures } from '../allow-pictures.ts';
import type { CookieLogins } from '../cookie-logins.ts';
import { escapeHtml } from '../markdown-html.ts';
import { toAccountNav, toSiteBar } from '../site-bar.ts';
import { sendPage } from './login-pages.ts';

export interface HomePageOptions {
  /** Where `vite build` put the widget. */
  distDir: string;
  accounts: Accounts;
  cookieLogins: CookieLogins;
  assistantName: string;
  isHttps: boolean;
}

/** The chat on a page of our own: the visitor's or, for whoever is logged in, the member's. */
export function createHomePage({ distDir, accounts, cookieLogins, assistantName, isHttps }: HomePageOptions) {
  const handlers = {
    async page(req, res) {
      await access(path.join(distDir, 'widget.js')).catch((cause) => {
        throw new AppError('not_found', 'The page has not been built yet. Run: npm run build', { cause });
      });
      const login = await cookieLogins.find(req);
      const profile = login && (await accounts.getProfile(login.userId));
      allowPictures(res, [profile?.pictureUrl ?? null], { isHttps });
      const html = toPage({
        title: assistantName,
        description: 'Ask a question and get an answer from the documents, with its sources.',
        kind: 'chat',
        bar: toSiteBar(assistantName, toAccountNav(profile)),
        scripts: [profile ? '/pages.js' : '/widget.js'],
        body: toChat({ assistantName, memberId: profile?.id ?? null }),
      });
      sendPage(res, html);
    },
  } satisfies Record<string, RequestHandler>;
  return handlers;
}

const PROMPTS = ['How do I add my documents?', 'Can I use my own model?', 'How do I put this chat on my website?'];

function toChat({ assistantName, memberId }: { assistantName: string; memberId: string | null }): string {
  const name = escapeHtml(assistantName);
  const member = memberId === null ? '' : ` member="${memberId}"`;
  return `<div class="intro">
<h1>Ask. Get an answer with its sources.</h1>
<p>${name} answers from this team’s own documents and shows where it says so.</p>
</div>
<parley-chat mode="inline" server="/" name="${name}" prompts="${toAttribute(PROMPTS)}"${member}></parley-chat>
<noscript>This chat needs JavaScript. Please turn it on and reload the page.</noscript>`;
}
