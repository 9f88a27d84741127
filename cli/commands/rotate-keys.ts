import type { Rotation } from '../../core/encryption/rotate-keys.ts';
import { type CommandLine, EXIT } from '../command-line.ts';

/** `parley rotate-keys`: after a new key was put first, nothing needs the older ones any more. */
export async function rotateKeysCommand(line: CommandLine, options: { json?: boolean }): Promise<number> {
  const rotations = await line.rotateKeys();
  const lost = rotations.some(({ unreadable }) => unreadable.length > 0);
  if (options.json) line.print(JSON.stringify({ columns: rotations }, null, 2));
  else for (const text of describe(rotations, lost)) line.print(text);
  return lost ? EXIT.failed : EXIT.done;
}

function describe(rotations: Rotation[], lost: boolean): string[] {
  return [
    ...rotations.flatMap(describeColumn),
    lost
      ? 'Add the key that these were encrypted with to the end of ENCRYPTION_KEYS and run this again, or have them set anew.'
      : 'Everything is encrypted with the first key. The others can be removed in a quarter of an hour.',
  ];
}

function describeColumn({ table, column, rotated, current, unreadable }: Rotation): string[] {
  return [
    `${table}.${column}: ${rotated} encrypted again, ${current} were already, ${unreadable.length} cannot be read.`,
    ...unreadable.map((id) => `  cannot be read: ${table} ${id}`),
  ];
}
