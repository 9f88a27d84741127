/** Words or a year, not values. */
const NAMED = /\p{L}|^(?:19|20)\d\d$/u;

/**
 * Column names in two rows, of which the first has names over several columns: the second row's are put after them.
 * A name over several columns stands in each of them, and one over both rows in both, or it is empty in the second.
 */
export function joinGroupedHeader<Table extends { header: string[]; rows: string[][] }>(table: Table): Table {
  const [second, ...rows] = table.rows;
  if (!second || rows.length === 0 || !isSecondHeader(table.header, second)) return table;
  const header = table.header.map((name, x) => (isGrouped(table.header, x) ? `${name} ${second[x]}` : name));
  return { ...table, header, rows };
}

function isSecondHeader(header: string[], second: string[]): boolean {
  const grouped = header.map((_, x) => isGrouped(header, x));
  if (!grouped.includes(true) || !grouped.includes(false)) return false;
  return header.every((name, x) => {
    const below = second[x] ?? '';
    if (!grouped[x]) return below === '' || below === name;
    return below !== name && NAMED.test(below);
  });
}

function isGrouped(header: string[], x: number): boolean {
  const name = header[x] ?? '';
  return name !== '' && (name === header[x - 1] || name === header[x + 1]);
}
