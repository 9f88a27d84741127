import { describe, expect, it } from 'vitest';
import { processorMs } from '../../../support/processor-time.ts';
import { readDocument, textsOf } from '../../../support/read-document.ts';

const read = async (html: string) => textsOf(await readDocument('a.html', html));

describe('a page', () => {
  it.each([
    ['<!doctype html><html lang=en><title>T</title><h1>Install</h1><p>Run it.<p>Then stop it.'],
    ['<html lang="en"><h1>Install</h1><p>Run it.<p>Then stop it.</html>'],
    ['<title>T</title><h1>Install</h1><p>Run it.<p>Then stop it.'],
    ['<!doctype html><html class=x><meta charset=utf-8><h1>Install</h1><p>Run it.</p><p>Then stop it.'],
  ])('without the tags that minifiers leave out is read: %s', async (html) => {
    expect(await read(html)).toEqual(['Install', 'Run it.', 'Then stop it.']);
  });

  it('writes no backslashes before signs that mean something in Markdown', async () => {
    const html =
      '<main><p>Set snake_case to *any* [value] &gt; 1 or 2. ~ok~ `now`</p><p># no heading</p><p>1. no list</p></main>';

    expect(await read(html)).toEqual([
      'Set snake_case to *any* [value] > 1 or 2. ~ok~ `now`',
      '# no heading',
      '1. no list',
    ]);
  });

  it.each(['&lt;!-- comment', '&lt;script&gt;', '&lt;div&gt; and more', '&lt;?php', '&lt;![CDATA[', '```', '---'])(
    'goes on after a paragraph that begins with %s',
    async (start) => {
      const texts = await read(`<main><p>${start}</p><h2>Next</h2><p>Words.</p></main>`);

      expect(texts).toHaveLength(3);
      expect(texts.slice(1)).toEqual(['Next', 'Words.']);
    },
  );

  it('keeps hints that stand beside the text, and leaves out lists of links there', async () => {
    const texts = await read(
      '<main><h1>A</h1><p>Words of the page.</p><aside class="note"><p>Mind the gap.</p></aside><aside><a href="/b">Other page</a></aside></main>',
    );

    expect(texts).toEqual(['A', 'Words of the page.', 'Mind the gap.']);
  });

  it('inside one form is read', async () => {
    expect(await read('<body><form id="aspnet"><h1>Hours</h1><p>We open at nine.</p></form></body>')).toEqual([
      'Hours',
      'We open at nine.',
    ]);
  });

  it('resolves links by the base that it names', async () => {
    const parsed = await readDocument(
      'a',
      '<head><base href="/docs/v2/"></head><main><p><a href="b">B</a></p></main>',
      {
        contentType: 'text/html',
        url: 'https://x.org/a',
      },
    );

    expect(textsOf(parsed)).toEqual(['[B](https://x.org/docs/v2/b)']);
  });

  it('is called after the one heading of its content', async () => {
    const { title } = await readDocument(
      'a.html',
      '<title>Install - The Book</title><h1>The Book</h1><main><h1 id="i"><a class="header" href="#i">Install</a></h1><p>x</p></main>',
    );

    expect(title).toBe('Install');
  });

  it('keeps powers above the line', async () => {
    expect(await read('<main><p>10<sup>-6</sup> m<sup>2</sup> on the 1<sup>st</sup></p></main>')).toEqual([
      '10⁻⁶ m² on the 1st',
    ]);
  });

  it('keeps Japanese words whole, between whose letters is how they are said', async () => {
    const word = '<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rp>(</rp><rt>じ</rt><rp>)</rp></ruby>';

    expect(await read(`<main><p>${word}を読む。</p></main>`)).toEqual(['漢字を読む。']);
  });

  it('numbers the items of a list as it says', async () => {
    const texts = await read('<main><ol start="3"><li>c<ul><li>deep</li></ul></li><li value="9">i</li></ol></main>');

    expect(texts).toEqual(['3. c\n   - deep', '9. i']);
  });
});

describe('tabs', () => {
  it.each([
    [
      'by their place',
      '<div><ul role="tablist"><li role="tab">One</li><li role="tab">Two</li></ul><div><div role="tabpanel">First.</div><div role="tabpanel" hidden>Second.</div></div></div>',
    ],
    [
      'by what controls them',
      '<div role="tablist"><button role="tab" aria-controls="b">Two</button><button role="tab" aria-controls="a">One</button></div><div role="tabpanel" id="a">First.</div><div role="tabpanel" id="b" hidden="">Second.</div>',
    ],
    [
      'by what labels them',
      '<div role="tablist"><a role="tab" id="t1">One</a><a role="tab" id="t2">Two</a></div><section role="tabpanel" aria-labelledby="t1">First.</section><section role="tabpanel" aria-labelledby="t2" aria-hidden="true" hidden>Second.</section>',
    ],
  ])('are found %s and read with their names', async (_how, html) => {
    expect(await read(`<main>${html}</main>`)).toEqual(['**One**', 'First.', '**Two**', 'Second.']);
  });
});

it('tabs of two bars in one box, and tabs behind tabs, keep their names', async () => {
  const bar = (...names: string[]) =>
    `<div role="tablist">${names.map((name) => `<b role="tab">${name}</b>`).join('')}</div>`;
  const panel = (text: string) => `<div role="tabpanel" hidden>${text}</div>`;
  const inner = `<div>${bar('C', 'D')}${panel('<p>3</p>')}${panel('<p>4</p>')}</div>`;
  const html = `<main>${bar('A', 'B')}${panel('1')}${panel(inner)}${bar('E', 'F')}${panel('5')}${panel('6')}</main>`;

  expect(await read(html)).toEqual(
    ['A', '1', 'B', 'C', '3', 'D', '4', 'E', '5', 'F', '6'].map((text) => (/[A-F]/.test(text) ? `**${text}**` : text)),
  );
});

describe('code', () => {
  it.each([
    ['boxes', '<pre><code><div>a</div><div>  b</div><div></div><div>c</div></code></pre>', 'a\n  b\n\nc'],
    ['lines of text', '<pre><code><span class="line">a</span>\n<span class="line">  b</span></code></pre>', 'a\n  b'],
    ['breaks', '<pre>a<br>  b<br>c</pre>', 'a\n  b\nc'],
    ['items', '<pre><ol><li>a</li><li>  b</li></ol></pre>', 'a\n  b'],
    ['spans alone', '<pre><code><span class="line">a</span><span class="line">  b</span></code></pre>', 'a\n  b'],
    [
      'rows',
      '<table><tr><td data-line-number="1"></td><td>a</td></tr><tr><td data-line-number="2"></td><td>  b</td></tr></table>',
      'a\n  b',
    ],
  ])('in %s keeps its lines', async (_kind, html, code) => {
    expect(await read(`<main>${html}</main>`)).toEqual([`\`\`\`\n${code}\n\`\`\``]);
  });
});

it.each([
  ['<pre class="highlight nowrap"><code data-lang="ruby">x</code></pre>', 'ruby'],
  ['<div class="highlight highlight-source-shell"><pre>x</pre></div>', 'shell'],
  ['<div class="highlight-python notranslate"><div class="highlight"><pre>x</pre></div></div>', 'python'],
  ['<pre class="brush: js">x</pre>', 'js'],
  ['<pre class="highlight nowrap">x</pre>', ''],
  ['<pre><code class="language-text">x</code></pre>', ''],
])('code is in the language that its generator names: %s', async (html, language) => {
  expect(await read(`<main>${html}</main>`)).toEqual([`\`\`\`${language}\nx\n\`\`\``]);
});

describe('encodings', () => {
  const utf8 = (head: string) =>
    Buffer.from(`<html><head>${head}</head><body><main><p>Grüße, Löwe</p></main></body></html>`);

  it.each([
    [
      'words about it in a description',
      '<meta name="description" content="Why charset=iso-8859-2 is old"><meta charset="utf-8">',
    ],
    ['a comment', '<!-- <meta charset="iso-8859-2"> -->'],
    ['UTF-16 in a meta tag', '<meta charset="utf-16">'],
    ['a name that nobody knows', '<meta charset="klingon-1">'],
    ['a script', '<script>var tag = "<meta charset=koi8-r>";</script>'],
    ['a mistake', '<meta charset="iso-8859-1">'],
    ['a mistake that no byte of the text fits', '<meta charset="euc-jp">'],
    ['an attribute of another name', '<meta data-charset="iso-8859-2">'],
    ['a content without http-equiv', '<meta content="text/html; charset=iso-8859-2">'],
    ['a mark at its beginning', '\uFEFF'],
  ])('are not taken from %s', async (_what, head) => {
    expect(textsOf(await readDocument('a.html', utf8(head)))).toEqual(['Grüße, Löwe']);
  });

  it('are taken from the byte order mark before anything else', async () => {
    const bytes = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), utf8('<meta charset="iso-8859-2">')]);

    expect(textsOf(await readDocument('a.html', bytes, { contentType: 'text/html; charset=iso-8859-2' }))).toEqual([
      'Grüße, Löwe',
    ]);
  });

  it('are taken from the page where the server names one that nobody knows', async () => {
    const bytes = Buffer.from('<meta charset="iso-8859-2"><main><p>\xb1</p></main>', 'latin1');

    expect(textsOf(await readDocument('a.html', bytes, { contentType: 'text/html; charset=klingon-1' }))).toEqual([
      'ą',
    ]);
  });

  it('are taken from a meta tag below a long comment', async () => {
    const html = `<!-- ${'License. '.repeat(300)} --><meta charset="iso-8859-2"><main><p>\xb1</p></main>`;

    expect(textsOf(await readDocument('a.html', Buffer.from(html, 'latin1')))).toEqual(['ą']);
  });

  it.each(['<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-2">', '<META CHARSET=iso-8859-2>'])(
    'are taken from %s',
    async (meta) => {
      const bytes = Buffer.from(`<html><head>${meta}</head><body><main><p>\xb1</p></main></body></html>`, 'latin1');

      expect(textsOf(await readDocument('a.html', bytes))).toEqual(['ą']);
    },
  );
});

it.each([
  ['items', `<ol>${'<li>x</li>'.repeat(10_000)}</ol>`],
  [
    'tabs',
    `<div><ul role="tablist">${'<li role="tab">x</li>'.repeat(5000)}</ul>${'<div role="tabpanel" hidden>y</div>'.repeat(5000)}</div>`,
  ],
  ['blocks of code', '<pre><code>x</code></pre>'.repeat(5000)],
  ['tables in tables', '<table><tr><td>x'.repeat(1000)],
  ['boxes in boxes', `${'<div>'.repeat(2000)}x`],
  ['links', '<a href="#x">¶</a>'.repeat(10_000)],
])('a page that is made to take long is read in a moment: %s', async (_what, html) => {
  const ms = await processorMs(() => read(`<main><h1>Title</h1>${html}</main>`).catch(() => null));

  expect(ms).toBeLessThan(6000);
});
