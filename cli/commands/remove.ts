import { type CommandLine, EXIT } from '../command-line.ts';
import { sourceToJson } from '../report.ts';

/** `parley remove`: a source with all its documents. */
export async function removeCommand(line: CommandLine, name: string, options: { json?: boolean }): Promise<number> {
  const parley = await line.open();
  try {
    const source = await parley.knowledge.remove(name);
    line.print(options.json ? JSON.stringify({ removed: sourceToJson(source) }, null, 2) : `Removed ${source.title}.`);
    if (source.kind === 'built_in' && !options.json) line.print(`To have it back: parley add ${source.location}`);
    return EXIT.done;
  } finally {
    await parley.close();
  }
}
