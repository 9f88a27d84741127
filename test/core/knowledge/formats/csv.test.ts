import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDocument, textsOf } from '../../../support/read-document.ts';

const read = (lines: string[], name = 'a.csv') => readDocument(name, lines.join('\n'));
const PLAIN = ['Plan: Team\nPrice: 10', 'Plan: Solo\nPrice: 5'];

describe('the delimiter', () => {
  it.each([
    ['a comma', ['Plan,Price', 'Team,10', 'Solo,5']],
    ['a semicolon', ['Plan;Price', 'Team;10', 'Solo;5']],
    ['a tab', ['Plan\tPrice', 'Team\t10', 'Solo\t5']],
    ['a bar', ['Plan|Price', 'Team|10', 'Solo|5']],
    ['named by Excel', ['sep=;', 'Plan;Price', 'Team;10', 'Solo;5']],
    ['named by Excel in quotes', ['"sep=;"', 'Plan;Price', 'Team;10', 'Solo;5']],
    ['below an empty line', ['', 'Plan;Price', 'Team;10', 'Solo;5']],
    ['below a line of nothing but delimiters', [';', 'Plan;Price', 'Team;10', 'Solo;5']],
  ])('is found: %s', async (_what, lines) => {
    expect(textsOf(await read(lines))).toEqual(PLAIN);
  });

  it('is not one that only stands inside quotes', async () => {
    const parsed = await read(['"Plan, short, or long, or both";Price', '"Team, big, bigger";10', 'Solo;5']);

    expect(textsOf(parsed)[0]).toBe('Plan, short, or long, or both: Team, big, bigger\nPrice: 10');
  });

  it('is not the comma of decimals', async () => {
    expect(textsOf(await read(['Plan;Price', 'Team;10,50', 'Solo;5,20']))[1]).toBe('Plan: Solo\nPrice: 5,20');
    expect(textsOf(await read(['Plan;Price, EUR', 'Team;10,50']))[0]).toBe('Plan: Team\nPrice, EUR: 10,50');
  });

  it('is none in a list of one column, of whose rows some have a comma', async () => {
    const parsed = await read(['Country', 'France', 'Spain, mainland', 'Italy']);

    expect(textsOf(parsed)).toEqual(['Country: France', 'Country: Spain, mainland', 'Country: Italy']);
  });

  it('is found for every table that a program writes', async () => {
    const value = fc
      .string({ minLength: 1, maxLength: 8, unit: fc.constantFrom(...'abc,;|"\t\n ') })
      .map((text) => `x${text}x`);
    const table = fc
      .record({ width: fc.integer({ min: 2, max: 4 }), mark: fc.constantFrom(',', ';', '\t', '|') })
      .chain(({ width, mark }) =>
        fc.record({
          mark: fc.constant(mark),
          rows: fc.array(fc.array(value, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }),
        }),
      );
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;

    await fc.assert(
      fc.asyncProperty(table, async ({ mark, rows }) => {
        const header = rows[0]!.map((_, n) => `H${n}`);
        const parsed = await read([header, ...rows.map((row) => row.map(quote))].map((row) => row.join(mark)));

        expect(textsOf(parsed)).toEqual(rows.map((row) => row.map((cell, n) => `H${n}: ${cell}`).join('\n')));
      }),
      { numRuns: 200 },
    );
  });
});

describe('a table', () => {
  it('has its titles above its column names', async () => {
    const parsed = await read(['Price list 2026,,', 'valid from May,,', ',,', 'Plan,Region,Price', 'Team,Asia,12']);

    expect(parsed.title).toBe('Price list 2026');
    expect(textsOf(parsed)).toEqual(['Price list 2026', 'valid from May', 'Plan: Team\nRegion: Asia\nPrice: 12']);
  });

  it('has titles that are sentences with a delimiter in them', async () => {
    const titles = ['Price list', 'Valid from 1 March, all prices in euro', ''];
    const parsed = await read([...titles, 'Item,Price,Unit', 'Rope,3.50,m', 'Hook,1.20,piece']);

    expect(textsOf(parsed)).toEqual([
      'Price list',
      'Valid from 1 March, all prices in euro',
      'Item: Rope\nPrice: 3.50\nUnit: m',
      'Item: Hook\nPrice: 1.20\nUnit: piece',
    ]);
  });

  it('may have rows longer than its column names', async () => {
    expect(textsOf(await read(['Item,Price', 'Rope,3.50', 'Hook,1.20,cheap']))).toEqual([
      'Item: Rope\nPrice: 3.50',
      'Item: Hook\nPrice: 1.20\ncheap',
    ]);
    expect(textsOf(await read(['Item,Price', 'Rope,3.50', 'Name,Weight,Origin', 'Fig,2,Crete']))[0]).toBe(
      'Item: Rope\nPrice: 3.50',
    );
  });

  it('has titles without delimiters, and notes below it', async () => {
    const parsed = await read(['Price list', 'Plan;Region;Price', 'Team;Asia;12', 'All without tax']);

    expect(textsOf(parsed)).toEqual(['Price list', 'Plan: Team\nRegion: Asia\nPrice: 12', 'All without tax']);
  });

  it('may have a line break in the name of a column and in a value', async () => {
    const parsed = await read(['Plan,"Price', 'in euro"', 'Team,"10', 'a month"']);

    expect(textsOf(parsed)).toEqual(['Plan: Team\nPrice in euro: 10\na month']);
  });

  it.each([
    ['in a value', 'Pipe 5",2,10', 'Pipe 5"'],
    ['in a quoted value', '"Pipe 5" long",2,10', 'Pipe 5" long'],
    ['at the end of a quoted value', '"Pipe 5"",2,10', 'Pipe 5"'],
    ['twice', 'Pipe 5" x 3",2,10', 'Pipe 5" x 3"'],
  ])('may have a stray inch mark %s', async (_where, line, value) => {
    const parsed = await read(['Item,Stock,Price', 'Tap,1,4', line, 'Valve,"3",6']);

    expect(textsOf(parsed)).toEqual([
      'Item: Tap\nStock: 1\nPrice: 4',
      `Item: ${value}\nStock: 2\nPrice: 10`,
      'Item: Valve\nStock: 3\nPrice: 6',
    ]);
    expect(parsed.omissions).toEqual([]);
  });

  it.each(['5" pipe', '"5 pipe', '5 pipe"', '"'])('of tabs may have one quotation mark in a cell: %s', async (cell) => {
    const parsed = await read(['Item\tPrice', `${cell}\t10`, 'Tap\t4'], 'a.tsv');

    expect(textsOf(parsed)).toEqual([`Item: ${cell}\nPrice: 10`, 'Item: Tap\nPrice: 4']);
  });

  it('loses one row whose quotes do not end, which is named', async () => {
    const parsed = await read(['Item,Price', 'Tap,4', '"Pipe,10', 'Valve,6', '"Hose, long",8']);

    expect(textsOf(parsed)).toEqual(['Item: Tap\nPrice: 4', 'Item: Valve\nPrice: 6', 'Item: Hose, long\nPrice: 8']);
    expect(parsed.omissions).toEqual([{ part: 'line 3', reason: 'A quoted value in it does not end.' }]);
  });

  it('with Windows line ends counts its lines in the same way', async () => {
    const parsed = await readDocument('a.csv', 'sep=,\r\nItem,Price\r\nTap,4\r\n"Pipe,10\r\nValve,6\r\n');

    expect(parsed.omissions).toMatchObject([{ part: 'line 4' }]);
    expect(textsOf(parsed)).toHaveLength(2);
  });

  it('of nothing but damage is refused in a moment', async () => {
    const lines = ['Item,Price', ...Array.from({ length: 20_000 }, () => '"x,1')];

    await expect(read(lines)).rejects.toMatchObject({ message: expect.stringContaining('line 2') });
  });
});
