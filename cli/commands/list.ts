import type { SourceWithCounts } from '../../core/knowledge/source.ts';
import { type CommandLine, EXIT } from '../command-line.ts';
import { count, sourceToJson } from '../report.ts';

/** `parley list`: every source, what it holds, and what is wrong with it. */
export async function listCommand(line: CommandLine, options: { json?: boolean }): Promise<number> {
  const parley = await line.open();
  try {
    const sources = await parley.knowledge.list();
    if (options.json) line.print(JSON.stringify({ items: sources.map(toJson) }, null, 2));
    else for (const text of sources.length > 0 ? sources.flatMap(describe) : [EMPTY]) line.print(text);
    return EXIT.done;
  } finally {
    await parley.close();
  }
}

const EMPTY = 'There are no sources yet. Add one: parley add ./docs';

function toJson(source: SourceWithCounts) {
  return { ...sourceToJson(source), documents: source.documentCount, chunks: source.chunkCount };
}

function describe(source: SourceWithCounts): string[] {
  const synced = source.lastSyncedAt ? `synced ${source.lastSyncedAt.toISOString()}` : 'not synced yet';
  const holds = `${count(source.documentCount, 'document')}, ${count(source.chunkCount, 'passage')}`;
  return [
    `${source.title}  (${source.kind}, ${source.audience.join(', ')})`,
    `  ${source.location}`,
    `  ${holds}, ${synced}`,
    ...(source.lastError ? [`  failed: ${source.lastError}`] : []),
    ...source.skipped.map(({ location, reason }) => `  skipped ${location}: ${reason}`),
  ];
}
