import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { markdownToHtml } from '../../server/markdown-html.ts';

const render = (markdown: string, sources: number[] = []) => markdownToHtml(markdown, { sources: new Set(sources) });

describe('Markdown on our own pages', () => {
  it.each([
    ['# Hours', '<h2 dir="auto">Hours</h2>'],
    ['We **open** at _nine_, ~~ten~~.', '<p dir="auto">We <strong>open</strong> at <em>nine</em>, <del>ten</del>.</p>'],
    ['Run `a < b`', '<p dir="auto">Run <code dir="ltr">a &#60; b</code></p>'],
    [
      '3. three\n4. four',
      '<ol start="3" dir="ltr"><li><p dir="auto">three</p></li><li><p dir="auto">four</p></li></ol>',
    ],
    ['```js\nif (a < b) {}\n```', '<pre dir="ltr"><code>if (a &#60; b) {}</code></pre>'],
    [
      '| a | b |\n|---|--:|\n| 1 | 2 |',
      '<div class="table"><table dir="ltr"><thead><tr><th dir="auto">a</th><th dir="auto" align="right">b</th></tr></thead><tbody><tr><td dir="auto">1</td><td dir="auto" align="right">2</td></tr></tbody></table></div>',
    ],
    [
      '- [x] done\n- [ ] not',
      '<ul dir="ltr"><li class="task"><label dir="auto"><input type="checkbox" disabled checked> done</label></li><li class="task"><label dir="auto"><input type="checkbox" disabled> not</label></li></ul>',
    ],
    [
      'Free.[^a] Fast.[^b]\n\n[^b]: Two.\n[^a]: One.',
      '<p dir="auto">Free.<sup><a href="#note-1" aria-label="Footnote 1">1</a></sup> Fast.<sup><a href="#note-2" aria-label="Footnote 2">2</a></sup></p><ol class="notes"><li id="note-1"><p dir="auto">One.</p></li><li id="note-2"><p dir="auto">Two.</p></li></ol>',
    ],
    ['> שלום', '<blockquote dir="rtl"><p dir="auto">שלום</p></blockquote>'],
  ])('shows %s', (markdown, html) => {
    expect(render(markdown)).toBe(html);
  });

  it('points citations to their sources, and only to those there are', () => {
    expect(render('Nine [1], not ten [7].', [1])).toBe(
      '<p dir="auto">Nine <a class="citation" href="#source-1">[1]</a>, not ten [7].</p>',
    );
  });

  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](data:text/html;base64,PHNjcmlwdD4=)',
    '![x](https://tracker.example/pixel.png)',
    '![" onerror="alert(1)](x)',
    '[x](https://a.example/"onmouseover="alert(1))',
    '[x][1]\n\n[1]: javascript:alert(1)',
    '<https://a.example/"><svg/onload=alert(1)>',
    '`<script>`\n\n```\n</code></pre><script>alert(1)</script>\n```',
  ])('runs and loads nothing of %s', (markdown) => {
    const { document } = parseHTML(`<!doctype html><body>${render(markdown)}</body>`);

    expect([...document.querySelectorAll('script, img, svg, iframe, style, form')]).toEqual([]);
    for (const element of document.querySelectorAll('*')) {
      expect(element.getAttributeNames().filter((name: string) => name.startsWith('on'))).toEqual([]);
      expect(element.getAttribute('href') ?? 'https://').toMatch(/^https?:/);
    }
  });

  it('shows text that is nested deeper than anybody means as it is', () => {
    expect(render(`${'> '.repeat(5000)}deep`)).toMatch(/^<p>(&#62; )+deep<\/p>$/);
  });
});
