import { type CommandLine, EXIT } from '../command-line.ts';
import { count } from '../report.ts';

/** `parley backup`: everything in one file. */
export async function backupCommand(line: CommandLine, file: string, options: { json?: boolean }): Promise<number> {
  const backup = await line.backup(file);
  if (options.json) {
    const { hasSecrets, ...rest } = backup;
    line.print(JSON.stringify({ ...rest, has_secrets: hasSecrets }, null, 2));
    return EXIT.done;
  }
  const rows = backup.tables.reduce((sum, table) => sum + table.rows, 0);
  line.print(`Wrote ${count(rows, 'row')} of ${count(backup.tables.length, 'table')} into ${backup.file}.`);
  line.print(
    backup.hasSecrets
      ? 'The secrets that were generated are in it: whoever has the file can read everything. To restore it: parley restore <file>'
      : 'JWT_SECRET and ENCRYPTION_KEYS are not in it, because you set them: keep them as well. To restore it: parley restore <file>',
  );
  return EXIT.done;
}
