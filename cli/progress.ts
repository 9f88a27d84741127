import type { SingleBar } from 'cli-progress';
import type { KnowledgeProgress } from '../core/knowledge/knowledge.ts';
import type { CommandLine } from './command-line.ts';

const FORMATS = {
  reading: 'Reading   {value}  {location}',
  indexing: 'Indexing  {bar} {value}/{total}  {eta_formatted}',
};

/** Shows bars on standard error while `work` runs; nothing when nobody watches. */
export async function withProgress<Result>(
  line: CommandLine,
  work: (onProgress: (progress: KnowledgeProgress) => void) => Promise<Result>,
): Promise<Result> {
  if (!line.isWatched) return work(() => {});
  const { SingleBar: Bar, Presets } = await import('cli-progress');
  let shown: { phase: KnowledgeProgress['phase']; bar: SingleBar } | null = null;
  const show = (progress: KnowledgeProgress) => {
    const total = progress.phase === 'indexing' ? progress.total : 0;
    const location = progress.phase === 'reading' ? progress.location : '';
    if (shown?.phase !== progress.phase) {
      shown?.bar.stop();
      const bar = new Bar(
        { format: FORMATS[progress.phase], hideCursor: true, clearOnComplete: true, gracefulExit: false },
        Presets.rect,
      );
      bar.start(total, progress.done, { location });
      shown = { phase: progress.phase, bar };
    }
    shown.bar.setTotal(total);
    shown.bar.update(progress.done, { location });
  };
  try {
    return await work(show);
  } finally {
    // Assigned in the callback, where the compiler does not look.
    (shown as { bar: SingleBar } | null)?.bar.stop();
  }
}
