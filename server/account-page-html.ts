import { escapeHtml } from './markdown-html.ts';

/** A page of ours for signing in and looking after an account: no script, nothing inline. */
export function toAccountPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/login/page.css">
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
</html>
`;
}

export const ACCOUNT_STYLES = `:root { color-scheme: light dark; }
body {
  max-width: 26rem;
  margin: 0 auto;
  padding: 2rem 1.25rem;
  font: 1rem / 1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  overflow-wrap: anywhere;
}
h1 { font-size: 1.5rem; line-height: 1.25; text-wrap: balance; }
h2 { margin-top: 2rem; font-size: 1.125rem; }
form { margin: 1rem 0; }
label { display: block; margin-top: 0.75rem; }
input, button, .button {
  box-sizing: border-box;
  width: 100%;
  min-height: 2.75rem;
  padding: 0.5rem 0.75rem;
  border: 1px solid light-dark(#7b8a87, #6f7f7b);
  border-radius: 0.5rem;
  background: light-dark(#fff, #161d1c);
  color: inherit;
  font: inherit;
}
button, .button { display: block; margin-top: 0.75rem; cursor: pointer; text-align: center; text-decoration: none; }
.main { border-color: transparent; background: light-dark(#0b5f55, #8fd8cb); color: light-dark(#fff, #06201c); }
:focus-visible { outline: 3px solid light-dark(#0b5f55, #8fd8cb); outline-offset: 2px; }
.problem { padding: 0.75rem 1rem; border-inline-start: 4px solid light-dark(#b3261e, #f2b8b5); background: light-dark(#fdf0ef, #2c1a19); }
.note { color: light-dark(#566461, #a3b1ae); font-size: 0.875rem; }
.sides section { display: flex; gap: 0.75rem; padding: 0.75rem 0; border-top: 1px solid light-dark(#d5dddb, #2e3a38); }
.sides img, .no-picture { flex: none; width: 3rem; height: 3rem; border-radius: 50%; object-fit: cover; background: light-dark(#d5dddb, #2e3a38); }
ul { padding: 0; list-style: none; }
li { padding: 0.75rem 0; border-top: 1px solid light-dark(#d5dddb, #2e3a38); }
`;
