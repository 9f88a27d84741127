import { describe, expect, it } from 'vitest';
import type { DocumentBlock } from '../../../core/knowledge/document-block.ts';
import { parseDocument } from '../../../core/knowledge/parse-document.ts';
import { buildDocx, buildPdf } from '../../support/document-builders.ts';
import { processorMs } from '../../support/processor-time.ts';

const read = (
  name: string,
  content: string | Uint8Array,
  contentType: string | null = null,
  url: string | null = null,
) => parseDocument({ name, contentType, url, bytes: typeof content === 'string' ? Buffer.from(content) : content });

const texts = (blocks: DocumentBlock[]) => blocks.map((block) => block.text);

describe('the format', () => {
  it('is told by the content type where that says something', async () => {
    const parsed = await read('https://example.com/page.txt', '<h1>Hello</h1><p>World.</p>', 'text/html');

    expect(parsed.blocks).toContainEqual({ type: 'prose', text: 'World.' });
  });

  it('is told by the name where the content type is vague', async () => {
    const parsed = await read('https://example.com/a.md', '# Hello', 'text/plain; charset=utf-8');

    expect(parsed.title).toBe('Hello');
  });

  it('is refused in words that name what can be read', async () => {
    await expect(read('a.png', 'x')).rejects.toMatchObject({
      code: 'unreadable_document',
      message: expect.stringContaining('Markdown, plain text, HTML, PDF, DOCX, CSV'),
    });
  });
});

describe('encodings', () => {
  it.each([
    ['UTF-8 with a mark', Buffer.from('\uFEFFGrüße', 'utf8')],
    ['UTF-16 with a mark', Buffer.from('\uFEFFGrüße', 'utf16le')],
    ['UTF-16 without a mark', Buffer.from('Grüße', 'utf16le')],
    ['Windows-1252', Buffer.from('Grüße', 'latin1')],
  ])('%s is recognised', async (_name, bytes) => {
    expect(texts((await read('a.txt', bytes)).blocks)).toEqual(['Grüße']);
  });

  it('in a content type are believed', async () => {
    const parsed = await read('a.txt', Buffer.from([0xcf, 0xf0, 0xe8]), 'text/plain; charset=windows-1251');

    expect(texts(parsed.blocks)).toEqual(['При']);
  });

  it('in a page are believed', async () => {
    const html = Buffer.from('<html><head><meta charset="iso-8859-2"></head><body><p>\xb1</p></body></html>', 'latin1');

    expect(texts((await read('a.html', html)).blocks)).toEqual(['ą']);
  });

  it('that hide a program under the name of a text are refused', async () => {
    const program = Buffer.from(Array.from({ length: 400 }, (_, n) => (n % 3 === 0 ? 0 : (n * 37) % 256)));

    await expect(read('a.txt', program)).rejects.toMatchObject({ message: 'This is not text.' });
  });
});

it.each([
  ['a.md', 'The inter\u00ADnation\u00ADal e\u2010mail is state\u2011of\u2011the\u2011art.'],
  ['a.txt', 'The inter\u00ADnation\u00ADal e\u2010mail is state\u2011of\u2011the\u2011art.'],
  ['a.html', '<main><p>The inter&shy;nation&shy;al e&#x2010;mail is state&#x2011;of&#x2011;the&#x2011;art.</p></main>'],
])('words with hyphens of any kind are written as people search for them: %s', async (name, text) => {
  expect(texts((await read(name, text)).blocks)).toEqual(['The international e-mail is state-of-the-art.']);
});

describe('Markdown', () => {
  it('gives headings the anchors that GitHub gives them', async () => {
    const parsed = await read('a.md', '# Über uns!\n\n## `npm` start\n\n## npm start\n\n## Custom {#mine}');

    const anchors = parsed.blocks.map((block) => (block.type === 'heading' ? block.anchor : null));
    expect(anchors).toEqual(['über-uns', 'npm-start', 'npm-start-1', 'mine']);
  });

  it('takes title and address from the front matter', async () => {
    const parsed = await read('a.md', '---\ntitle: "The: guide"\nurl: https://example.com/guide\n---\n# Other\n');

    expect(parsed).toMatchObject({ title: 'The: guide', url: 'https://example.com/guide' });
    expect(texts(parsed.blocks)).toEqual(['Other']);
  });

  it('keeps fences, tables and list items as pieces', async () => {
    const source =
      '```js\n# no heading\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- one\n  more\n- two\n\n    indented';
    const { blocks } = await read('a.md', source);

    expect(blocks.map(({ type }) => type)).toEqual(['code', 'table', 'item', 'item']);
    expect(blocks[0]?.text).toBe('```js\n# no heading\n```');
    expect(blocks[2]?.text).toBe('- one\n  more');
  });

  it('fences code that contains fences with longer ones', async () => {
    const { blocks } = await read('a.md', '~~~~\n```\ninner\n```\n~~~~');

    expect(blocks[0]?.text).toBe('````\n```\ninner\n```\n````');
  });

  it('reads a fence that is never closed to the end', async () => {
    const { blocks } = await read('a.md', 'before\n\n```\ncode');

    expect(texts(blocks)).toEqual(['before', '```\ncode\n```']);
  });

  it('drops comments and tags but no words', async () => {
    const { blocks } = await read(
      'a.md',
      '<h1 align="center">Parley</h1>\n\n<!-- secret -->\n\n<p>Hello <b>you</b></p>',
    );

    expect(blocks).toEqual([
      { type: 'heading', level: 1, text: 'Parley', anchor: 'parley' },
      { type: 'prose', text: 'Hello you' },
    ]);
  });

  it('drops pictures that are written into the text', async () => {
    const { blocks } = await read('a.md', `See ![logo](data:image/png;base64,${'A'.repeat(5000)}) here.`);

    expect(texts(blocks)).toEqual(['See logo here.']);
  });

  it('writes headings without signs of emphasis, code and links', async () => {
    const { blocks } = await read('a.md', '# Use *all* of [`parley add`](x.md) in C# <a id="x"></a>');

    expect(texts(blocks)).toEqual(['Use all of parley add in C#']);
  });

  it.each([
    ['emphasis that never closes', '*a_'.repeat(20_000)],
    ['brackets that never close', '['.repeat(50_000)],
    ['quotes within quotes', `${'> '.repeat(20_000)}x`],
    ['lists within lists', `${'- '.repeat(20_000)}x`],
    ['markers far apart', `${`-${' '.repeat(9)}`.repeat(59)}x`],
    ['indented lists', Array.from({ length: 1000 }, (_, n) => `${' '.repeat(n * 2)}- x`).join('\n')],
  ])('is read in a moment even if it is made to take long: %s', async (_name, source) => {
    const ms = await processorMs(() => read('a.md', source));

    // Unguarded, half of that emphasis took 18 seconds; the time grows with the square of its length.
    expect(ms).toBeLessThan(5000);
  });

  it('reads Windows line ends', async () => {
    const { blocks } = await read('a.md', '---\r\ntitle: T\r\n---\r\n# H\r\n\r\ntext\r\nmore\r\n');

    expect(texts(blocks)).toEqual(['H', 'text\nmore']);
  });
});

it('plain text is only paragraphs, whatever its characters', async () => {
  const { blocks } = await read('a.txt', '# not a heading\n\n    - not a list\n\n\n\nend\n');

  expect(blocks).toEqual([
    { type: 'prose', text: '# not a heading' },
    { type: 'prose', text: '    - not a list' },
    { type: 'prose', text: 'end' },
  ]);
});

describe('HTML', () => {
  const page = (body: string) =>
    `<!doctype html><html><head><title>Install – Docs</title></head><body>${body}</body></html>`;
  const prose = 'Parley runs on one machine, with one command, and answers from your own documents. '.repeat(6);

  it('is read without menus, footers and scripts', async () => {
    const html = page(
      `<nav><a href="/">Home page</a></nav><main><h1>Install</h1><p>${prose}</p></main><footer>Imprint</footer><script>var x</script>`,
    );
    const parsed = await read('a.html', html);

    expect(parsed.title).toBe('Install');
    expect(texts(parsed.blocks)).toEqual(['Install', prose.trim()]);
  });

  it('finds the article on a page that marks nothing', async () => {
    const links = '<div><a href="/a">Aaa</a> <a href="/b">Bbb</a></div>'.repeat(5);
    const parsed = await read(
      'a.html',
      page(`<div class="sidebar">${links}</div><div><p>${prose}</p><p>${prose}</p></div>`),
    );

    expect(texts(parsed.blocks).join(' ')).toContain('Parley runs on one machine');
    expect(texts(parsed.blocks).join(' ')).not.toContain('Aaa');
  });

  it('keeps the anchors of headings, also those with underscores or beside a permalink', async () => {
    const parsed = await read(
      'a.html',
      page(
        '<main><h2 id="set_up">Set up<a href="#set_up">#</a></h2><p>x</p><section id="s2"><h3>Deep</h3><p>y</p></section></main>',
      ),
    );

    const headings = parsed.blocks.filter((block) => block.type === 'heading');
    expect(headings).toMatchObject([
      { text: 'Set up', anchor: 'set_up' },
      { text: 'Deep', anchor: 's2' },
    ]);
  });

  it('turns tables and code into Markdown', async () => {
    const parsed = await read(
      'a.html',
      page(
        '<main><table><tr><th>A</th><th>B</th></tr><tr><td>1|2</td><td><b>3</b></td></tr></table><pre><code class="language-sh">a  b\n# c</code></pre></main>',
      ),
    );

    expect(parsed.blocks).toEqual([
      { type: 'table', text: '| A | B |\n| --- | --- |\n| 1\\|2 | **3** |' },
      { type: 'code', text: '```sh\na  b\n# c\n```' },
    ]);
  });

  it('makes relative links lead to where the page was', async () => {
    const parsed = await read(
      'a',
      page('<main><p><a href="../b">B</a></p></main>'),
      'text/html',
      'https://x.org/docs/a/',
    );

    expect(texts(parsed.blocks)).toEqual(['[B](https://x.org/docs/b)']);
  });

  it('says when a page only leads to another', async () => {
    const html = '<html><head><meta http-equiv="refresh" content="0; url=/x"></head><body></body></html>';

    await expect(read('a.html', html)).rejects.toMatchObject({ message: expect.stringContaining('leads to another') });
  });
});

describe('PDF', () => {
  it('has an anchor for every page', async () => {
    const parsed = await read('a.pdf', buildPdf([['First page.'], ['Second', 'page.']], { title: 'Handbook' }));

    expect(parsed.title).toBe('Handbook');
    expect(parsed.blocks).toEqual([
      { type: 'heading', level: 2, text: 'Page 1', anchor: 'page=1' },
      { type: 'prose', text: 'First page.' },
      { type: 'heading', level: 2, text: 'Page 2', anchor: 'page=2' },
      { type: 'prose', text: 'Second page.' },
    ]);
  });

  it('joins words that were cut at the end of a line', async () => {
    const parsed = await read('a.pdf', buildPdf([['docu-', 'ments']]));

    expect(texts(parsed.blocks)).toContain('documents');
  });

  it('with a password is named as such', async () => {
    const pdf = buildPdf([['Secret.']], { encrypted: true });

    await expect(read('a.pdf', pdf)).rejects.toMatchObject({ message: 'It is encrypted with a password.' });
  });

  it('without text is taken for a scan', async () => {
    await expect(read('a.pdf', buildPdf([[]]))).rejects.toMatchObject({ message: expect.stringContaining('scan') });
  });

  it('that is damaged is named as such', async () => {
    await expect(read('a.pdf', '%PDF-1.4 nothing')).rejects.toMatchObject({ code: 'unreadable_document' });
  });
});

describe('DOCX', () => {
  it('keeps headings and paragraphs', async () => {
    const parsed = await read('a.docx', buildDocx([{ style: 'Heading1', text: 'Leave' }, { text: 'Ask in time.' }]));

    expect(parsed).toMatchObject({
      title: 'Leave',
      blocks: [{ type: 'heading' }, { type: 'prose', text: 'Ask in time.' }],
    });
  });

  it('with a password is named as such', async () => {
    const ole = Buffer.from('d0cf11e0a1b11ae1', 'hex');

    await expect(read('a.docx', ole)).rejects.toMatchObject({ message: expect.stringContaining('password') });
  });

  it('that would unpack to more than memory holds is refused before it is unpacked', async () => {
    const docx = buildDocx([{ text: 'Small.' }]);
    const entry = docx.lastIndexOf('PK\x01\x02');
    docx.writeUInt32LE(2_000_000_000, entry + 24);

    await expect(read('a.docx', docx)).rejects.toMatchObject({
      message: expect.stringContaining('unpacks to more than'),
    });
  });

  it('that is damaged is named as such', async () => {
    await expect(read('a.docx', 'PK nothing')).rejects.toMatchObject({ message: expect.stringContaining('damaged') });
  });
});

describe('CSV', () => {
  it.each([',', ';', '\t'])('names the column of every value, with the delimiter %j', async (mark) => {
    const rows = [
      ['Name', 'Price'],
      ['Tea', '"2 EUR"'],
      ['Milk', ''],
    ];
    const parsed = await read('a.csv', rows.map((row) => row.join(mark)).join('\n'));

    expect(texts(parsed.blocks)).toEqual(['Name: Tea\nPrice: 2 EUR', 'Name: Milk']);
  });

  it('without rows is refused', async () => {
    await expect(read('a.csv', 'Name,Price\n')).rejects.toMatchObject({ message: expect.stringContaining('no rows') });
  });

  it('of questions stays a table where it says more than their answers, or not all of them', async () => {
    const wider = await read('a.csv', 'question,answer,topic\nWhy?,Because.,Reasons\n');
    const open = await read('a.csv', 'question,answer\nWhy?,Because.\nHow?,\n');

    expect(texts(wider.blocks)).toEqual(['question: Why?\nanswer: Because.\ntopic: Reasons']);
    expect(texts(open.blocks)).toEqual(['question: Why?\nanswer: Because.', 'question: How?']);
  });

  it('whose quotes do not end is refused', async () => {
    await expect(read('a.csv', 'a,b\n"1,2\n')).rejects.toMatchObject({ message: expect.stringContaining('damaged') });
  });
});

describe('questions and answers', () => {
  const expected = [
    { type: 'heading', level: 2, text: 'Why?', anchor: null },
    { type: 'prose', text: 'Because.' },
  ];

  it.each([
    ['a.json', '[{"question": "Why?", "answer": "Because."}]'],
    ['a.json', '{"faq": [{"q": "Why?", "a": "Because."}]}'],
    ['a.jsonl', '{"prompt": "Why?", "completion": "Because."}\n\n'],
    ['a.csv', 'Question,Answer\nWhy?,Because.\n'],
  ])('are read from %s like %s', async (name, text) => {
    expect(await read(name, text)).toMatchObject({ keepSectionsApart: true, blocks: expected });
  });

  it.each([
    ['a.json', '{"name": "package"}', 'JSON is read as questions and answers'],
    ['a.json', '[{"q": "Why?", "a": "Because."}, {"q": "And?"}]', 'Entry 2 is not a question with an answer'],
    ['a.jsonl', '{"q": "Why?", "a": "Because."}\n{', 'Line 2 is not valid JSON'],
  ])('are expected: %s with %s is refused', async (name, text, complaint) => {
    await expect(read(name, text)).rejects.toMatchObject({ message: expect.stringContaining(complaint) });
  });
});
