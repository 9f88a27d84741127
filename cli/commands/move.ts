import { type CommandLine, EXIT } from '../command-line.ts';
import { describeCopy } from '../copy-report.ts';
import { count } from '../report.ts';

/** `parley move`: everything into another database. */
export async function moveCommand(line: CommandLine, options: { to?: string; json?: boolean }): Promise<number> {
  const { from, to, settingsFile, ...copy } = await line.move({
    to: options.to,
    onTable: ({ name, rows, checksum }) => {
      if (!options.json && rows > 0) line.print(`${name}: ${count(rows, 'row')}, sum ${checksum} on both sides`);
    },
  });
  if (options.json) {
    const { ledgerProblems, leftOut, ...rest } = copy;
    line.print(
      JSON.stringify(
        { from, to, settings_file: settingsFile, ledger_problems: ledgerProblems, left_out: leftOut, ...rest },
        null,
        2,
      ),
    );
    return copy.unreadable ? EXIT.failed : EXIT.done;
  }
  const rows = copy.tables.reduce((sum, table) => sum + table.rows, 0);
  line.print(
    `\nCopied ${count(rows, 'row')} of ${count(copy.tables.length, 'table')} from ${from} to ${to}. Nothing was changed where they came from.`,
  );
  for (const text of describeCopy(copy)) line.print(text);
  line.print(
    `What to do next: set DATABASE_URL, JWT_SECRET and ENCRYPTION_KEYS to what ${settingsFile} says (only you can read it), start Parley, and delete that file.`,
  );
  return copy.unreadable ? EXIT.failed : EXIT.done;
}
