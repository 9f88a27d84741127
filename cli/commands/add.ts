import { AppError } from '../../core/errors.ts';
import { type Audience, parseAudience } from '../../core/knowledge/audience.ts';
import type { AddOptions, SourceSync } from '../../core/knowledge/knowledge.ts';
import type { Source } from '../../core/knowledge/source.ts';
import type { CommandLine } from '../command-line.ts';
import { withProgress } from '../progress.ts';
import { printReport } from '../report.ts';

interface Options {
  audience?: string;
  title?: string;
  urlBase?: string;
  force?: boolean;
  json?: boolean;
}

const OWN_DOCUMENTATION =
  "Parley's own documentation answers, too. So that only yours does: parley remove parley:documentation";

/** `parley add`: registers what was named and reads it at once. */
export async function addCommand(line: CommandLine, locations: string[], options: Options): Promise<number> {
  const audience = options.audience === undefined ? undefined : readAudience(options.audience);
  const additions: AddOptions[] = [];
  for (const location of locations) {
    const what = location === '-' ? { text: await line.readInput() } : { location };
    additions.push({ ...what, audience, title: options.title, urlBase: options.urlBase });
  }
  const parley = await line.open();
  try {
    const added = await parley.knowledge.addAll(additions);
    const synced: SourceSync[] = [];
    const discarded: Source[] = [];
    let embedded = 0;
    for (const source of added) {
      const report = await withProgress(line, (onProgress) =>
        parley.knowledge.sync({
          sourceId: source.id,
          force: options.force ?? false,
          signal: line.interrupted,
          onProgress,
        }),
      );
      synced.push(...report.sources);
      embedded += report.embedded;
      // What was read before stays, and so does what another process is reading right now.
      const wasEverRead = source.lastSyncedAt !== null || report.sources.some(({ state }) => state === 'busy');
      if (!wasEverRead && (await parley.knowledge.discardEmpty(source.id))) discarded.push(source);
    }
    const report = { sources: synced, embedded, discarded };
    const code = printReport(line, report, options.json ?? false);
    const kept = added.filter((source) => !discarded.includes(source));
    if (!options.json && kept.length > 0 && areFirst(kept, await parley.knowledge.list()))
      line.print(OWN_DOCUMENTATION);
    return code;
  } finally {
    await parley.close();
  }
}

/** Whether there was nothing before but the documentation that comes with Parley. */
function areFirst(added: Source[], all: Source[]): boolean {
  const own = all.filter(({ kind }) => kind === 'built_in');
  return own.length > 0 && all.every((source) => [...own, ...added].some(({ id }) => id === source.id));
}

function readAudience(text: string): Audience[] {
  const audience = parseAudience(text);
  if (audience) return audience;
  throw new AppError(
    'invalid_request',
    `"${text}" is not an audience. Use public, or spaces separated by commas: discord:<guild id>, slack:<team id>, ` +
      'twitch:<channel>, web:https://<host>.',
  );
}
