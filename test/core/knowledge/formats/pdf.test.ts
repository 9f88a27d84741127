import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { buildPdf, buildPlacedPdf, type PlacedText } from '../../../support/document-builders.ts';
import { readDocument, textsOf } from '../../../support/read-document.ts';

/** Files as the programs wrote them. */
const fixture = async (name: string) =>
  readDocument('a.pdf', await readFile(new URL(`../../../fixtures/pdf/${name}.pdf`, import.meta.url)));

const read = async (...texts: PlacedText[]) => textsOf(await readDocument('a.pdf', buildPlacedPdf([texts]))).slice(1);

/** Lines of equal spacing below each other. */
const lines = (texts: string[], { x = 72, y = 700, spacing = 14, size = 10 } = {}): PlacedText[] =>
  texts.map((text, n) => ({ text, x, y: y - n * spacing, size }));

describe('fonts that a file only names', () => {
  it('are read in Japanese, Chinese and Korean', async () => {
    expect(textsOf(await fixture('reportlab-cjk'))).toEqual([
      'Page 1',
      '料金は月額五千円です。',
      '价格是每月五十元。',
      '가격은 월 오천 원입니다.',
    ]);
  });
});

describe('two columns', () => {
  it('that are drawn line by line are read one after the other', async () => {
    const [, , left, right] = textsOf(await fixture('reportlab-weave'));

    expect(left).toMatch(/^The left column tells of opening hours\. We open at nine .* to help you\.$/);
    expect(right).toMatch(/^The right column is about prices\. A day costs ten euros, .* for you\.$/);
  });

  it('and a third one, a heading and a footer over all of them keep their order', async () => {
    const texts = textsOf(await fixture('reportlab-three')).slice(1);

    expect(texts.map((text) => text.split(' ').slice(0, 2).join(' '))).toEqual([
      'A very',
      'First Lorem',
      'Second Lorem',
      'Third Lorem',
      'A footer',
    ]);
  });

  it('are one paragraph where a sentence goes on in the second', async () => {
    const left = [
      'The museum opens at nine in the',
      'morning and closes at six in the',
      'evening on every day of the week',
      'except on Sundays, because then',
    ];
    const right = [
      'nobody is here who could open it',
      'for you, or show you around. Buy',
      'your tickets at the entrance, or',
      'order them from home, if you like.',
    ];

    expect(await read(...lines(left), ...lines(right, { x: 300 }))).toEqual([[...left, ...right].join(' ')]);
  });
});

describe('columns and tables on one page', () => {
  const prose = [
    'The museum opens at nine in the',
    'morning and closes at six in the',
    'evening on every day of the week.',
    'Tickets are sold at the entrance',
    'and in the shops of the old town.',
  ];
  const short = [
    'Dogs wait outside, where a bowl',
    'of water is given to them and',
    'a place in the shade.',
    'Shade',
    'Rain',
  ];

  it('are columns where the second has few whole lines', async () => {
    expect(await read(...lines(prose), ...lines(short, { x: 300 }))).toEqual([
      prose.join(' '),
      short.slice(0, 3).join(' '),
      'Shade\nRain',
    ]);
  });

  it('are columns where the first is an address beside the text', async () => {
    const address = ['Contact', 'Pier Road 1', '24103 Kiel', '+49 431 1234', 'mail@sea.example'];

    expect(await read(...lines(address), ...lines(prose, { x: 220 }))).toEqual([
      expect.stringMatching(/^Contact\s[\s\S]*mail@sea\.example$/),
      prose.join(' '),
    ]);
  });

  it('are a table where all columns begin anew with each row', async () => {
    const cell = (texts: string[], x: number, y: number) => lines(texts, { x, y, spacing: 12 });
    const basic = ['By mail on working days, with', 'an answer within two days.'];
    const team = ['By phone at any hour, with an', 'answer within ten minutes, and', 'on holidays, too.'];
    const rows = [
      ...cell(['Feature'], 72, 700),
      ...cell(['Basic'], 150, 700),
      ...cell(['Team'], 330, 700),
      ...['Support', 'Help', 'Advice'].flatMap((name, n) => [
        ...cell([name], 72, 680 - 44 * n),
        ...cell(basic, 150, 680 - 44 * n),
        ...cell(team, 330, 680 - 44 * n),
      ]),
    ];

    const [table = '', ...others] = await read(...rows);
    expect(others).toEqual([]);
    expect(table.split('\n')[2]).toBe(`| Support | ${basic.join(' ')} | ${team.join(' ')} |`);
  });

  it('are a table below the columns, whichever of its cells stands below the second', async () => {
    const row = (cells: string[], y: number) => cells.map((text, n) => ({ text, x: 72 + n * 118, y }));
    const table = [row(['Berth', 'Length', 'Price'], 590), row(['A1', '8 m', '12 euros'], 574)];
    const right = prose.map((line) => line.replace('museum', 'garden'));

    expect(await read(...lines(prose), ...lines(right, { x: 300 }), ...table.flat())).toEqual([
      prose.join(' '),
      right.join(' '),
      '| Berth | Length | Price |\n| --- | --- | --- |\n| A1 | 8 m | 12 euros |',
    ]);
  });
});

describe('tables', () => {
  const row = (cells: string[], y: number, xs: number[]) => cells.map((text, n) => ({ text, x: xs[n] ?? 0, y }));

  it('that follow each other lose no cell to one another, and keep the title between them apart', async () => {
    const cities = [
      ['City', 'Population'],
      ['Kiel', '247 000'],
      ['Bremen', '570 000'],
    ];
    const tariffs = [
      ['Tariff', 'A long description of it', 'Price'],
      ['Basic', 'Everything a small club needs', '5 euros'],
    ];
    const texts = [
      ...cities.flatMap((cells, n) => row(cells, 700 - 18 * n, [220, 290])),
      { text: 'The tariffs:', x: 72, y: 628 },
      ...tariffs.flatMap((cells, n) => row(cells, 600 - 18 * n, [130, 220, 420])),
    ];

    expect(await read(...texts)).toEqual([
      '| City | Population |\n| --- | --- |\n| Kiel | 247 000 |\n| Bremen | 570 000 |',
      'The tariffs:',
      '| Tariff | A long description of it | Price |\n| --- | --- | --- |\n| Basic | Everything a small club needs | 5 euros |',
    ]);
  });

  it('have names over several columns before the names below them', async () => {
    const texts = [
      ...row(['Plan', 'Region', 'Note'], 700, [72, 160, 240]),
      ...row(['Asia', 'EU'], 684, [150, 185]),
      ...[
        ['Team', '12', '14', 'yearly'],
        ['Solo', '5', '6', 'monthly'],
      ].flatMap((cells, n) => row(cells, 668 - 16 * n, [72, 152, 188, 240])),
    ];

    expect(await read(...texts)).toEqual([
      '| Plan | Region Asia | Region EU | Note |\n| --- | --- | --- | --- |\n| Team | 12 | 14 | yearly |\n| Solo | 5 | 6 | monthly |',
    ]);
  });

  it('are none of steps whose numbers stand apart', async () => {
    const steps = ['Open the tap.', 'Wait for a minute.', 'Close it again.'];
    const texts = steps.flatMap((text, n) => row([String(n + 1), text], 700 - 16 * n, [72, 100]));

    expect(await read(...texts)).toEqual(['1. Open the tap.', '2. Wait for a minute.', '3. Close it again.']);
  });

  it.each(['reportlab-table', 'reportlab-grid', 'typst', 'libreoffice'])(
    'of %s keep their rows and columns',
    async (name) => {
      const table = (await fixture(name)).blocks.find(({ type }) => type === 'table');

      expect(table?.text).toMatch(/\| Team \| Europe \| 10 euros \|/);
      expect(table?.text).toMatch(/\| Asia \| 12 euros \|/);
    },
  );

  it('with lines around their cells say a cell in each row and column that it covers', async () => {
    expect((await fixture('reportlab-grid')).blocks.find(({ type }) => type === 'table')?.text).toBe(
      '| Plan | Region | Price |\n| --- | --- | --- |\n| Team | Europe | 10 euros |\n| Team | Asia | 12 euros |\n| Free | for everybody | for everybody |',
    );
  });

  it('with lines around their cells are no columns of text, even if every cell is a paragraph', async () => {
    const table = (await fixture('reportlab-grid')).blocks.filter(({ type }) => type === 'table')[1];

    const rows = table?.text.split('\n') ?? [];
    expect(rows).toHaveLength(5);
    expect(rows[3]).toMatch(/^\| What does it cost to keep .* \| This is a long answer .* at hand here\. \|$/);
  });

  it('with lines or colours between their rows alone are no columns of text either', async () => {
    const { blocks } = await fixture('reportlab-lines');

    const tables = blocks.filter(({ type }) => type === 'table').map(({ text }) => text.split('\n'));
    expect(tables.map((rows) => rows.length)).toEqual([5, 6]);
    for (const rows of tables)
      expect(rows[3]).toMatch(/^\| 1\. How do I open .* \| 1\. This is a long answer .* to say\. \|$/);
  });

  it('are not made of the lines above and below columns of text', async () => {
    const texts = textsOf(await fixture('reportlab-journal')).slice(1);

    expect(texts.map((text) => text.slice(0, 13))).toEqual(['Every morning', 'In the evenin', 'Notes']);
  });

  it('of TeX, which draws no line between rows, are rows all the same, and so is what stands around them', async () => {
    const texts = textsOf(await fixture('tex')).slice(1);

    expect(texts[3]).toBe(
      '| Plan | Region | Price |\n| --- | --- | --- |\n| Team | Europe | 10 |\n| Team | Asia | 12 |',
    );
    expect(texts[2]).toMatch(/^Second paragraph begins here .* of text on this page\.$/);
    expect(texts[4]).toMatch(/^The left column .* here to help you\. The right column is about prices\. .* for you\.$/);
    expect(texts[5]).toMatch(/In the first floor\.$/);
  });

  it('keep an empty cell empty, and a cell of several lines together', async () => {
    expect((await fixture('reportlab-table')).blocks.map(({ text }) => text).join('\n')).toContain(
      '| Solo |  | 5 euros |',
    );
    expect(textsOf(await fixture('reportlab-wrapped')).slice(1)).toEqual([
      [
        '| Option | Meaning | Default |',
        '| --- | --- | --- |',
        '| port | The port on which the server listens for requests of browsers and programs | 3000 |',
        '| host | The address on which it listens, which is only this machine unless you say otherwise | 127.0.0.1 |',
        '| data-dir | Where files are kept | ./data |',
      ].join('\n'),
      'Text after the table that is long enough to be a paragraph of its own, and runs over the columns. It has a second line as well.',
    ]);
  });

  it('are no lists of numbered steps', async () => {
    const texts = await read(
      { text: '1.', x: 72, y: 700 },
      { text: 'Open the box.', x: 100, y: 700 },
      { text: '2.', x: 72, y: 686 },
      { text: 'Take it out.', x: 100, y: 686 },
    );

    expect(texts).toEqual(['1. Open the box.', '2. Take it out.']);
  });
});

describe('paragraphs', () => {
  const words = 'Every team has a plan that fits the size it has and the size it wants to have one day soon, '
    .repeat(4)
    .trim();
  const wrapped = words.match(/.{1,60}(?:\s|$)/g)!.map((line) => line.trim());

  it.each([
    ['single', 12],
    ['one and a half', 15],
    ['wide', 18],
    ['double', 20],
    ['very wide', 26],
  ])('of %s spacing are whole', async (_name, spacing) => {
    expect(await read(...lines(wrapped, { spacing }))).toEqual([wrapped.join(' ')]);
  });

  it('of different spacing on one page are whole', async () => {
    const texts = textsOf(await fixture('reportlab-table'));

    expect(texts.filter((text) => text.startsWith('This paragraph has wide'))).toHaveLength(1);
    expect(texts.filter((text) => text.startsWith('This one has double'))).toHaveLength(1);
    expect(texts.at(-1)).toBe('The end.');
  });

  it('are told apart by the space between them and by their indents', async () => {
    const two = [...lines(wrapped), ...lines(wrapped, { y: 700 - wrapped.length * 14 - 8 })];
    const indented = [
      ...lines(wrapped),
      { text: 'Indented, and then', x: 84, y: 700 - wrapped.length * 14, size: 10 },
      ...lines(['going on.'], { y: 686 - wrapped.length * 14 }),
    ];

    expect(await read(...two)).toEqual([wrapped.join(' '), wrapped.join(' ')]);
    expect(await read(...indented)).toEqual([wrapped.join(' '), 'Indented, and then going on.']);
  });

  it('of a layer of recognised text are whole, though no word is quite on the line', async () => {
    const [, text, more] = textsOf(await fixture('reportlab-ocr'));

    expect(text).toMatch(
      /^Scanned letters come with a layer of invisible text that places every word on its own and never quite/,
    );
    expect(text).toMatch(/put them together again\. Scanned .* together again\.$/);
    expect(more).toBeUndefined();
  });

  it('keep the lines of an address', async () => {
    expect(
      await read(
        ...lines(['Parley GmbH', 'Main Street 1', '10115 Berlin', 'A line that is longer than the others here']),
      ),
    ).toEqual(['Parley GmbH\nMain Street 1\n10115 Berlin\nA line that is longer than the others here']);
  });
});

describe('words cut at the end of a line', () => {
  it('by Typst, whose hyphens are not in the text, are whole', async () => {
    const texts = textsOf(await fixture('typst')).join('\n');

    expect(texts).toContain('concerning administrative documentation and well-known implementation particularities.');
  });

  it('keep the hyphens that they have anyway, whichever sign they are', async () => {
    expect(textsOf(await fixture('typst-hyphens'))[1]).toBe('The state-of-the-art server has a long-lived name.');
  });

  it('are not joined where a number or a name goes on', async () => {
    expect(
      await read(
        ...lines(['The years from 2020-', '2026 and the Anglo-', 'Saxon ones are in this docu-', 'ment here.']),
      ),
    ).toEqual(['The years from 2020-2026 and the Anglo-Saxon ones are in this document here.']);
  });
});

it('what was typed into a form is read beside its label', async () => {
  expect(textsOf(await fixture('reportlab-form'))).toEqual([
    'Page 1',
    'Name: Ada Lovelace',
    'Member: [x]',
    'plan: Team',
  ]);
});

it('pages without text are named', async () => {
  const parsed = await readDocument('a.pdf', buildPdf([['One.'], [], ['Three.'], []]));

  expect(parsed.omissions).toEqual([
    { part: 'pages 2, 4', reason: 'There is no text on it; it may be empty, or a picture without text recognition.' },
  ]);
});

it('text in fonts that cannot be read is missed in words', async () => {
  const broken = { text: 'Lost.', x: 72, y: 600, isBroken: true };
  const parsed = await readDocument('a.pdf', buildPlacedPdf([[{ text: 'Found.', x: 72, y: 700 }, broken, broken]]));

  expect(textsOf(parsed)).toEqual(['Page 1', 'Found.']);
  expect(parsed.omissions).toEqual([
    { part: 'page 1', reason: '2 pieces of text on it cannot be read: the font is damaged or unknown.' },
  ]);
  await expect(readDocument('a.pdf', buildPlacedPdf([[broken]]))).rejects.toMatchObject({
    message: 'Its text is in fonts that cannot be read.',
  });
});
