import type { CommandLine } from '../command-line.ts';
import { withProgress } from '../progress.ts';
import { printReport } from '../report.ts';

/** `parley sync`: one source, or all of them. */
export async function syncCommand(
  line: CommandLine,
  name: string | undefined,
  options: { force?: boolean; json?: boolean },
): Promise<number> {
  const parley = await line.open();
  try {
    const sourceId = name === undefined ? undefined : (await parley.knowledge.getSource(name)).id;
    const report = await withProgress(line, (onProgress) =>
      parley.knowledge.sync({ sourceId, force: options.force ?? false, signal: line.interrupted, onProgress }),
    );
    return printReport(line, report, options.json ?? false);
  } finally {
    await parley.close();
  }
}
