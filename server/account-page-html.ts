import { escapeHtml } from './markdown-html.ts';

export interface PageOptions {
  title: string;
  /** HTML of what stands in `main`. */
  body: string;
  /** HTML of what stands above it; see site-bar.ts. */
  bar?: string;
  /** Names the kind of page for the stylesheet. */
  kind?: 'chat' | 'account';
  /** Addresses of our own scripts. */
  scripts?: string[];
  description?: string;
}

/** A page of ours: everything on it comes from this server, and nothing is inline. */
export function toPage({ title, body, bar = '', kind = 'account', scripts = [], description }: PageOptions): string {
  const about =
    description === undefined
      ? '<meta name="robots" content="noindex">'
      : `<meta name="description" content="${escapeHtml(description)}">`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content">
<meta name="color-scheme" content="light dark">
${about}
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
${scripts.map((address) => `<script src="${address}" defer></script>`).join('\n')}
</head>
<body class="${kind}">
${bar}
<main>
${body}
</main>
</body>
</html>
`;
}

/** A page of ours for signing in and looking after an account, which needs no script. */
export function toAccountPage(title: string, body: string): string {
  return toPage({ title, body: `<div class="card narrow">\n<h1>${escapeHtml(title)}</h1>\n${body}\n</div>` });
}

/** Data for an element of ours, as the value of one of its attributes. */
export function toAttribute(data: unknown): string {
  return escapeHtml(JSON.stringify(data));
}
