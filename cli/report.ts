import type { SourceSync, SyncReport } from '../core/knowledge/knowledge.ts';
import type { Source } from '../core/knowledge/source.ts';
import { defaultTitle } from '../core/knowledge/source-title.ts';
import { type CommandLine, EXIT } from './command-line.ts';

/** With the sources that were new and of which nothing could be read, so that they were taken away again. */
export type CommandReport = SyncReport & { discarded?: Source[] };

/** Prints what a sync did; the exit code says whether all of it worked. */
export function printReport(line: CommandLine, report: CommandReport, asJson: boolean): number {
  const { sources, embedded, discarded = [] } = report;
  const notAdded = discarded.map(({ location }) => location);
  if (asJson) line.print(JSON.stringify({ sources: sources.map(toJson), embedded, not_added: notAdded }, null, 2));
  else for (const text of [...describe(report), ...discarded.map(describeDiscarded)]) line.print(text);
  return sources.every(({ state }) => state === 'synced') && discarded.length === 0 ? EXIT.done : EXIT.failed;
}

/** `1 document`, `2 documents`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** A source as `--json` shows it. */
export function sourceToJson(source: Source) {
  return {
    id: source.id,
    kind: source.kind,
    location: source.location,
    title: source.title,
    audience: source.audience,
    url_base: source.urlBase,
    last_synced_at: source.lastSyncedAt,
    last_error: source.lastError,
    skipped: source.skipped,
  };
}

function toJson(sync: SourceSync) {
  const { id, location, title, audience } = sync.source;
  const result = sync.state === 'synced' ? sync.summary : sync.state === 'failed' ? { reason: sync.reason } : {};
  return { id, location, title, audience, state: sync.state, ...result };
}

function describe(report: SyncReport): string[] {
  if (report.sources.length === 0) return ['There are no sources yet. Add one: parley add ./docs'];
  return [
    ...report.sources.flatMap(describeSource),
    ...(report.embedded > 0 ? [`${count(report.embedded, 'passage')} indexed.`] : []),
  ];
}

function describeSource(sync: SourceSync): string[] {
  const name = nameOf(sync.source);
  if (sync.state === 'failed') return [`${name}: failed. ${sync.reason}`];
  if (sync.state === 'busy') return [`${name}: another process is syncing it right now.`];
  const { added, changed, unchanged, removed, skipped } = sync.summary;
  return [
    `${name}: ${added} added, ${changed} changed, ${unchanged} unchanged, ${removed} removed, ${skipped.length} skipped.`,
    ...skipped.map(({ location, reason }) => `  skipped ${location}: ${reason}`),
  ];
}

function describeDiscarded(source: Source): string {
  return `Nothing could be read of ${nameOf(source)}, so it was not added.`;
}

/** Pages are called after their website unless somebody gave them a title, and there may be many of one website. */
function nameOf({ kind, location, title }: Source): string {
  return kind === 'url' && title === defaultTitle(kind, location) ? location : title;
}
