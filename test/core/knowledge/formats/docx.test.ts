import { describe, expect, it } from 'vitest';
import { buildWordFile } from '../../../support/document-builders.ts';
import { readDocument, textsOf } from '../../../support/read-document.ts';

const p = (text: string, look = '') =>
  `<w:p>${look ? `<w:pPr>${look}</w:pPr>` : ''}<w:r><w:t>${text}</w:t></w:r></w:p>`;
const styled = (style: string) => `<w:pStyle w:val="${style}"/>`;
const listed = (list: number, level = 0) => `<w:numPr><w:ilvl w:val="${level}"/><w:numId w:val="${list}"/></w:numPr>`;
const cell = (content: string, look = '') => `<w:tc><w:tcPr>${look}</w:tcPr>${content}</w:tc>`;
const row = (cells: string[], look = '') => `<w:tr>${look ? `<w:trPr>${look}</w:trPr>` : ''}${cells.join('')}</w:tr>`;
const table = (...rows: string[]) => `<w:tbl>${rows.join('')}</w:tbl>`;
const style = (id: string, name: string, more = '') =>
  `<w:style w:type="paragraph" w:styleId="${id}"><w:name w:val="${name}"/>${more}</w:style>`;
const level = (n: number, format: string, pattern: string, more = '') =>
  `<w:lvl w:ilvl="${n}"><w:start w:val="1"/><w:numFmt w:val="${format}"/>${more}<w:lvlText w:val="${pattern}"/></w:lvl>`;

const NUMBERING =
  `<w:abstractNum w:abstractNumId="0">${level(0, 'decimal', '%1.')}${level(1, 'lowerLetter', '%2)')}</w:abstractNum>` +
  `<w:abstractNum w:abstractNumId="1">${level(0, 'bullet', '•')}</w:abstractNum>` +
  `<w:abstractNum w:abstractNumId="2">${level(0, 'decimal', 'Step %1:', styled('Step'))}</w:abstractNum>` +
  '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>' +
  '<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>' +
  '<w:num w:numId="4"><w:abstractNumId w:val="2"/></w:num>';

const STYLES =
  style('berschrift1', 'heading 1', '<w:pPr><w:outlineLvl w:val="0"/></w:pPr>') +
  style('Chapter', 'Chapter', '<w:basedOn w:val="berschrift1"/>') +
  style('Unlisted', 'TOC Heading', '<w:basedOn w:val="berschrift1"/><w:pPr><w:outlineLvl w:val="9"/></w:pPr>') +
  style('Section', 'My section', '<w:pPr><w:outlineLvl w:val="1"/></w:pPr>') +
  style('Verzeichnis1', 'toc 1') +
  style('Step', 'Step', '<w:pPr><w:numPr><w:numId w:val="4"/></w:numPr></w:pPr>') +
  style('NoStep', 'No step', '<w:basedOn w:val="Step"/><w:pPr><w:numPr><w:numId w:val="0"/></w:numPr></w:pPr>');

const read = async (body: string, footnotes?: string) =>
  readDocument(
    'a.docx',
    buildWordFile({
      document: `<w:body>${body}</w:body>`,
      styles: STYLES,
      numbering: NUMBERING,
      ...(footnotes ? { footnotes } : {}),
    }),
  );

describe('a Word list', () => {
  it('goes on counting after a paragraph in between', async () => {
    const parsed = await read(p('One', listed(1)) + p('Two', listed(1)) + p('Wait.') + p('Three', listed(1)));

    expect(textsOf(parsed)).toEqual(['1. One', '2. Two', 'Wait.', '3. Three']);
  });

  it('counts its levels as Word shows them', async () => {
    const parsed = await read(
      [
        p('One', listed(1)),
        p('Deep', listed(1, 1)),
        p('Deeper', listed(1, 1)),
        p('Two', listed(1)),
        p('Deep', listed(1, 1)),
      ].join(''),
    );

    expect(textsOf(parsed)).toEqual(['1. One\n   a) Deep\n   b) Deeper', '2. Two\n   a) Deep']);
  });

  it('begins anew where it says so', async () => {
    const parsed = await read(p('One', listed(1)) + p('Text.') + p('Again', listed(3)) + p('Two', listed(3)));

    expect(textsOf(parsed)).toEqual(['1. One', 'Text.', '1. Again', '2. Two']);
  });

  it('is told by the style too, unless the style or the paragraph says that it is none', async () => {
    const none = '<w:numPr><w:numId w:val="0"/></w:numPr>';
    const parsed = await read(
      p('Open', styled('Step')) +
        p('Free', styled('NoStep')) +
        p('Also free', styled('Step') + none) +
        p('Close', styled('Step')),
    );

    expect(parsed.blocks).toEqual([
      { type: 'item', text: 'Step 1: Open' },
      { type: 'prose', text: 'Free' },
      { type: 'prose', text: 'Also free' },
      { type: 'item', text: 'Step 2: Close' },
    ]);
  });

  it('has a dash before what has a bullet', async () => {
    expect(textsOf(await read(p('One', listed(2)) + p('Two', listed(2))))).toEqual(['- One', '- Two']);
  });
});

it('takes styles of Word for headings when they are based on one or have a place in the outline', async () => {
  const parsed = await read(
    p('Contents', styled('Unlisted')) +
      p('Leave 3', styled('Verzeichnis1')) +
      p('Leave', styled('Chapter')) +
      p('Ask', styled('Section')),
  );

  expect(parsed.blocks).toMatchObject([
    { type: 'prose', text: 'Contents' },
    { type: 'heading', level: 1, text: 'Leave' },
    { type: 'heading', level: 2, text: 'Ask' },
  ]);
  expect(parsed.title).toBe('Leave');
});

it('puts a footnote of Word in brackets where it is called', async () => {
  const parsed = await read(
    `<w:p><w:r><w:t>It costs 5 euro</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:t>.</w:t></w:r></w:p>`,
    `<w:footnote w:id="2">${p('Without tax.')}</w:footnote>`,
  );

  expect(textsOf(parsed)).toEqual(['It costs 5 euro (Without tax.).']);
});

describe('a Word table', () => {
  const merge = (start = false) => `<w:vMerge${start ? ' w:val="restart"' : ''}/>`;
  const span = (wide: number) => `<w:gridSpan w:val="${wide}"/>`;
  const head = row(['Plan', 'Region', 'Price'].map((name) => cell(p(name))));
  const lines = async (...rows: string[]) => (textsOf(await read(table(head, ...rows)))[0] ?? '').split('\n').slice(2);

  it('says a cell over several rows in each of them', async () => {
    const shown = await lines(
      row([cell(p('Team'), merge(true)), cell(p('Europe')), cell(p('10 euros'))]),
      row([cell(p(''), merge()), cell(p('Asia')), cell(p('12 euros'))]),
    );

    expect(shown).toEqual(['| Team | Europe | 10 euros |', '| Team | Asia | 12 euros |']);
  });

  it('says a cell over several columns in each of them, and both at once', async () => {
    const shown = await lines(
      row([cell(p('Solo')), cell(p('free'), span(2) + merge(true))]),
      row([cell(p('Duo')), cell(p(''), span(2) + merge())]),
    );

    expect(shown).toEqual(['| Solo | free | free |', '| Duo | free | free |']);
  });

  it('keeps its columns where a row begins further in or was merged the old way', async () => {
    const shown = await lines(
      row([cell(p('Asia')), cell(p('12 euros'))], '<w:gridBefore w:val="1"/>'),
      row([cell(p('Free'), '<w:hMerge w:val="restart"/>'), cell(p(''), '<w:hMerge w:val="continue"/>'), cell(p('0'))]),
    );

    expect(shown).toEqual(['|  | Asia | 12 euros |', '| Free | Free | 0 |']);
  });

  it('in a cell becomes a part of that cell', async () => {
    const inner = table(row([cell(p('S')), cell(p('5'))]), row([cell(p('M')), cell(p('7'))]));
    const shown = await lines(row([cell(p('Shirt')), cell(p('all')), cell(inner + p(''))]));

    expect(shown).toEqual(['| Shirt | all | S, 5; M, 7 |']);
  });
});
