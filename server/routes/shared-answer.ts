import type { RequestHandler } from 'express';
import { AppError } from '../../core/errors.ts';
import { isCut, type Message, type MessageSource } from '../../core/messages/message.ts';
import type { SharedAnswer, SharedAnswers } from '../../core/shared-answers/shared-answers.ts';
import { escapeHtml, linkHtml, markdownToHtml } from '../markdown-html.ts';

export interface SharedAnswerPageOptions {
  sharedAnswers: Pick<SharedAnswers, 'find'>;
  assistantName: string;
}

/** Nothing runs here, and nothing is loaded but our own stylesheet: the text was written by a model. */
const POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const ID = /^[\w-]{1,40}$/;

/** The page behind the short link in a chat that has no room for the whole answer. */
export function createSharedAnswerPage({
  sharedAnswers,
  assistantName,
}: SharedAnswerPageOptions): Record<'page' | 'styles', RequestHandler> {
  return {
    async page(req, res) {
      const id = String(req.params.id);
      const found = ID.test(id) ? await sharedAnswers.find(id) : null;
      // A link that does not work today is not to be remembered, nor one whose answer was deleted meanwhile.
      res.set('cache-control', 'no-store').set('x-robots-tag', 'noindex, nofollow');
      if (!found) throw new AppError('not_found', 'This answer does not exist, or it has been deleted.');
      res.set('content-security-policy', POLICY).type('html').send(toPage(found, assistantName));
    },

    styles: (_req, res) => void res.set('cache-control', 'public, max-age=3600').type('css').send(STYLES),
  };
}

function toPage({ question, answer }: SharedAnswer, assistantName: string): string {
  const name = escapeHtml(assistantName);
  const sources = new Set(answer.sources.map(({ n }) => n));
  const when = answer.createdAt.toISOString();
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex, nofollow">
<title>An answer from ${name}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/a/page.css">
<main>
<h1 dir="auto">${question === null ? 'A question' : escapeHtml(question)}</h1>
<article>
${markdownToHtml(answer.content, { sources })}
</article>
${noteHtml(answer)}
${sourcesHtml(answer.sources)}
<footer>Answered by ${name}, an assistant, on <time datetime="${when}">${when.slice(0, 10)}</time>. It can be wrong: check what matters.</footer>
</main>
</html>
`;
}

/** Why an answer is not whole. */
function noteHtml(answer: Message): string {
  if (isCut(answer)) return '<p class="note">This answer was cut by its length limit.</p>';
  return answer.status === 'complete' ? '' : '<p class="note">This answer broke off.</p>';
}

function sourcesHtml(sources: readonly MessageSource[]): string {
  if (sources.length === 0) return '';
  const items = sources.map(({ n, title, url, snippet }) => {
    const heading = url === null ? escapeHtml(title) : linkHtml(url, escapeHtml(title));
    return `<li id="source-${n}" value="${n}"><bdi>${heading}</bdi><p dir="auto">${escapeHtml(snippet)}</p></li>`;
  });
  return `<h2>Sources</h2>\n<ol>${items.join('\n')}</ol>`;
}

const STYLES = `:root { color-scheme: light dark; }
body {
  max-width: 44rem;
  margin: 0 auto;
  padding: 2rem 1.25rem;
  font: 1rem / 1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  overflow-wrap: anywhere;
}
h1 { font-size: 1.375rem; line-height: 1.3; text-wrap: balance; }
h2 { margin-top: 2rem; font-size: 1.125rem; }
pre, .table { overflow-x: auto; }
pre { padding: 0.75rem 1rem; border-radius: 0.5rem; background: light-dark(#f0f3f2, #1b2322); }
code { font: 0.9375em ui-monospace, "Cascadia Code", Menlo, monospace; overflow-wrap: normal; }
code, pre { direction: ltr; unicode-bidi: isolate; text-align: start; }
blockquote { margin-inline: 0; padding-inline-start: 1rem; border-inline-start: 3px solid light-dark(#c6d0ce, #42504d); }
table { border-collapse: collapse; }
th, td { padding: 0.25rem 0.75rem; border: 1px solid light-dark(#c6d0ce, #42504d); text-align: -webkit-match-parent; text-align: match-parent; }
[align=left] { text-align: left; }
[align=center] { text-align: center; }
[align=right] { text-align: right; }
.task { list-style: none; }
.task input { margin-inline: -1.25rem 0.25rem; }
.notes { font-size: 0.875rem; }
li p { margin: 0.25rem 0 0.75rem; }
li:target { background: light-dark(#fff6d6, #3a3414); }
.citation { text-decoration: none; }
footer, .note, li p { color: light-dark(#566461, #a3b1ae); font-size: 0.875rem; }
`;
