import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDocument, textsOf } from '../../../support/read-document.ts';

const read = async (html: string) => textsOf(await readDocument('a.html', `<main>${html}</main>`));

interface Box {
  x: number;
  y: number;
  wide: number;
  tall: number;
}

/** Tables whose places are covered by boxes in any way; every box is one cell with a name of its own. */
const tilings = fc
  .record({
    width: fc.integer({ min: 2, max: 5 }),
    height: fc.integer({ min: 1, max: 5 }),
    sizes: fc.array(fc.record({ wide: fc.integer({ min: 1, max: 4 }), tall: fc.integer({ min: 1, max: 4 }) }), {
      minLength: 25,
      maxLength: 25,
    }),
  })
  .map(({ width, height, sizes }) => {
    const owner: (Box | undefined)[][] = Array.from({ length: height }, () => Array(width).fill(undefined));
    const boxes: Box[] = [];
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        if (owner[y]![x]) continue;
        const { wide, tall } = sizes[boxes.length]!;
        const box = { x, y, wide: 1, tall: Math.min(tall, height - y) };
        while (box.wide < wide && x + box.wide < width && !owner[y]![x + box.wide]) box.wide += 1;
        for (let down = 0; down < box.tall; down += 1) owner[y + down]!.fill(box, x, x + box.wide);
        boxes.push(box);
      }
    }
    return { width, height, boxes, owner };
  });

describe('a table', () => {
  it('keeps every value in each row and column that it covers', async () => {
    await fc.assert(
      fc.asyncProperty(tilings, async ({ width, height, boxes, owner }) => {
        const names = Array.from({ length: width }, (_, x) => `<th>H${x}</th>`).join('');
        const rows = Array.from({ length: height }, (_, y) => {
          const cells = boxes.filter((box) => box.y === y);
          return `<tr>${cells.map((box) => `<td colspan="${box.wide}" rowspan="${box.tall}">v${boxes.indexOf(box)}</td>`).join('')}</tr>`;
        });

        const [text] = await read(`<table><tr>${names}</tr>${rows.join('')}</table>`);

        const shown = text!
          .split('\n')
          .slice(2)
          .map((line) => line.slice(2, -2).split(' | '));
        expect(shown).toEqual(owner.map((line) => line.map((box) => `v${boxes.indexOf(box!)}`)));
      }),
      { numRuns: 60 },
    );
  });

  it('with a cell over two rows says the value in both', async () => {
    const html =
      '<table><thead><tr><th>Plan</th><th>Region</th><th>Price</th></tr></thead><tbody>' +
      '<tr><td rowspan="2">Team</td><td>Europe</td><td>10 euros</td></tr><tr><td>Asia</td><td>12 euros</td></tr></tbody></table>';

    expect((await read(html))[0]).toContain('| Team | Asia | 12 euros |');
  });

  it('joins the names of its columns where they stand in two rows', async () => {
    const html =
      '<table><thead><tr><th rowspan="2">Plan</th><th colspan="2">Price</th></tr><tr><th>a month</th><th>a year</th></tr></thead>' +
      '<tr><td>Team</td><td>10</td><td>100</td></tr></table>';

    expect(await read(html)).toEqual([
      '| Plan | Price a month | Price a year |\n| --- | --- | --- |\n| Team | 10 | 100 |',
    ]);
  });

  it('has its title above it, whether it is a caption or a row of one cell', async () => {
    const rows = '<tr><td>A</td><td>B</td></tr><tr><td>1</td><td>2</td></tr>';

    expect((await read(`<table><caption>Sizes</caption>${rows}</table>`))[0]).toBe('Sizes');
    expect((await read(`<table><tr><td colspan="2">Sizes</td></tr>${rows}</table>`))[0]).toBe('Sizes');
  });

  it('ends a cell that covers more rows or columns than there are with the table', async () => {
    const html =
      '<table><tr><th>A</th><th colspan="900">B</th></tr><tr><td rowspan="0">1</td><td rowspan="65000">2</td></tr><tr></tr></table>';

    expect(await read(html)).toEqual(['| A | B |\n| --- | --- |\n| 1 | 2 |\n| 1 | 2 |']);
  });

  it('within a cell becomes a part of that cell', async () => {
    const inner =
      '<table><tr><th>Size</th><th>Price</th></tr><tr><td>S</td><td>5</td></tr><tr><td>M</td><td>7</td></tr></table>';
    const html = `<table><tr><th>Item</th><th>Prices</th></tr><tr><td>Shirt</td><td>${inner}</td></tr></table>`;

    expect(await read(html)).toEqual([
      '| Item | Prices |\n| --- | --- |\n| Shirt | Size: S, Price: 5; Size: M, Price: 7 |',
    ]);
  });

  it('that only puts boxes beside each other is read box by box', async () => {
    const html =
      '<table><tr><td><h2>Left</h2><p>One.</p></td><td><table><tr><td>A</td><td>B</td></tr><tr><td>1</td><td>2</td></tr></table></td></tr></table>';

    expect(await read(html)).toEqual(['Left', 'One.', '| A | B |\n| --- | --- |\n| 1 | 2 |']);
  });

  it('written as HTML in Markdown is one', async () => {
    const source =
      '# Plans\n\n<table>\n<tr><th>A</th><th>B</th></tr>\n<tr><td rowspan="2">1</td><td>2</td></tr>\n<tr><td>3</td></tr>\n</table>\n\nEnd.';

    expect(textsOf(await readDocument('a.md', source))).toEqual([
      'Plans',
      '| A | B |\n| --- | --- |\n| 1 | 2 |\n| 1 | 3 |',
      'End.',
    ]);
  });

  it('made to fill the memory does not', async () => {
    const html = `<table><tr><th>A</th><th>B</th></tr>${`<tr><td colspan="1000" rowspan="65534">${'x'.repeat(10_000)}</td><td>y</td></tr>`.repeat(300)}</table>`;

    expect((await read(html)).join('').length).toBeLessThan(10_000_000);
  });
});

describe('names over several columns', () => {
  const body = '<tr><td>Team<td>12<td>14</tr>';

  it.each([
    ['that cover both rows beside them', '<tr><td rowspan=2>Plan<td colspan=2>Region</tr><tr><td>Asia<td>EU</tr>'],
    ['beside an empty cell', '<tr><td>Plan<td colspan=2>Region</tr><tr><td><td>Asia<td>EU</tr>'],
  ])('stand before the names below them, %s, where nothing says that it is a header', async (_where, head) => {
    expect(await read(`<table>${head}${body}</table>`)).toEqual([
      '| Plan | Region Asia | Region EU |\n| --- | --- | --- |\n| Team | 12 | 14 |',
    ]);
  });

  it('are none where a row has values in them', async () => {
    const rows = '<tr><td>Plan<td colspan=2>Price</tr><tr><td>Solo<td>a month<td>a year</tr>';

    expect((await read(`<table>${rows}${body}</table>`))[0]).toMatch(/^\| Plan \| Price \| Price \|/);
  });
});
