import { stripVTControlCharacters } from 'node:util';
import type { Options, Params, SingleBar } from 'cli-progress';
import type { KnowledgeProgress } from '../core/knowledge/knowledge.ts';
import type { CommandLine } from './command-line.ts';

const BAR_CHARACTERS = 30;
const graphemes = new Intl.Segmenter();
/** Characters that terminals draw two columns wide. */
const WIDE =
  /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}|[\u3000-\u303E\uFF01-\uFF60]/u;

/** Shows bars on standard error while `work` runs; nothing when nobody watches. */
export async function withProgress<Result>(
  line: CommandLine,
  work: (onProgress: (progress: KnowledgeProgress) => void) => Promise<Result>,
): Promise<Result> {
  const screen = line.watched;
  if (!screen) return work(() => {});
  const { SingleBar: Bar } = await import('cli-progress');
  let last = '';
  let shown: { phase: KnowledgeProgress['phase']; bar: SingleBar } | null = null;
  const show = (progress: KnowledgeProgress) => {
    const total = progress.phase === 'indexing' ? progress.total : 0;
    last = progress.phase === 'reading' ? progress.location : '';
    if (shown?.phase !== progress.phase) {
      shown?.bar.stop();
      const bar = new Bar({
        format: (_options: Options, params: Params) =>
          toLine(progress.phase, params, { location: last, columns: screen.columns || 80 }),
        stream: screen,
        hideCursor: true,
        clearOnComplete: true,
        gracefulExit: false,
      });
      bar.start(total, progress.done);
      shown = { phase: progress.phase, bar };
    }
    shown.bar.setTotal(total);
    shown.bar.update(progress.done);
  };
  try {
    return await work(show);
  } finally {
    // Assigned in the callback, where the compiler does not look.
    (shown as { bar: SingleBar } | null)?.bar.stop();
  }
}

/** One line that fits: what wraps to a second one cannot be taken back. */
function toLine(
  phase: KnowledgeProgress['phase'],
  { value, total, progress, eta }: Params,
  { location, columns }: { location: string; columns: number },
): string {
  if (phase === 'reading') return shorten(`Reading   ${value}  ${oneLine(location)}`, columns - 1);
  const done = Math.round(Math.max(0, Math.min(1, progress)) * BAR_CHARACTERS);
  const bar = '■'.repeat(done) + ' '.repeat(BAR_CHARACTERS - done);
  return shorten(`Indexing  ${bar} ${value}/${total}  ${timeLeft(eta)}`, columns - 1).trimEnd();
}

/** Nothing as long as nobody can know; the library says so in words of its own where a number should be. */
function timeLeft(eta: unknown): string {
  const seconds = Number(eta);
  if (!Number.isFinite(seconds) || seconds <= 0) return '';
  if (seconds < 60) return `${Math.ceil(seconds)} s left`;
  return seconds < 3600 ? `${Math.ceil(seconds / 60)} min left` : `${(seconds / 3600).toFixed(1)} h left`;
}

/** Names of files may hold anything, line ends and colours of terminals included. */
function oneLine(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}/gu, ' ');
}

function shorten(text: string, columns: number): string {
  let width = 0;
  let fitting = '';
  for (const { segment } of graphemes.segment(text)) {
    width += WIDE.test(segment) ? 2 : 1;
    if (width > columns) return fitting;
    fitting += segment;
  }
  return fitting;
}
