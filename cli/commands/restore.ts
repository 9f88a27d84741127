import { type CommandLine, EXIT } from '../command-line.ts';
import { describeCopy } from '../copy-report.ts';
import { count } from '../report.ts';

/** `parley restore`: what `parley backup` wrote, into an unused database. */
export async function restoreCommand(
  line: CommandLine,
  file: string,
  options: { force?: boolean; json?: boolean },
): Promise<number> {
  const { createdAt, place, settingsFile, ...copy } = await line.restore(file, { force: options.force ?? false });
  if (options.json) {
    const { ledgerProblems, leftOut, ...rest } = copy;
    line.print(
      JSON.stringify(
        {
          created_at: createdAt,
          place,
          settings_file: settingsFile,
          ledger_problems: ledgerProblems,
          left_out: leftOut,
          ...rest,
        },
        null,
        2,
      ),
    );
    return copy.unreadable ? EXIT.failed : EXIT.done;
  }
  const rows = copy.tables.reduce((sum, table) => sum + table.rows, 0);
  line.print(
    `Restored ${count(rows, 'row')} of ${count(copy.tables.length, 'table')} into ${place}, as they were at ${createdAt}; counts and sums are those of the backup.`,
  );
  for (const text of describeCopy(copy)) line.print(text);
  if (settingsFile) {
    line.print(`JWT_SECRET and ENCRYPTION_KEYS have to be those in ${settingsFile}: set them before you start Parley.`);
  }
  return copy.unreadable ? EXIT.failed : EXIT.done;
}
