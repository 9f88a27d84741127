import { AppError } from '../../core/errors.ts';
import { parseAudience, type Viewer } from '../../core/knowledge/audience.ts';
import type { Passage } from '../../core/ports/chat-model.ts';
import type { RetrievalOutcome, RetrievalResult } from '../../core/retrieval/retrieval.ts';
import { type CommandLine, EXIT } from '../command-line.ts';

/** `parley search`: what a question finds, for somebody in a space or for everybody. */
export async function searchCommand(
  line: CommandLine,
  words: string[],
  options: { audience?: string; json?: boolean },
): Promise<number> {
  const viewer = toViewer(options.audience ?? 'public');
  const parley = await line.open();
  try {
    const turns = [{ role: 'user' as const, content: words.join(' ') }];
    const result = await parley.retrieval.retrieve({ turns, viewer, signal: line.interrupted });
    if (options.json) line.print(JSON.stringify(toJson(result), null, 2));
    else for (const text of describe(result)) line.print(text);
    return result.outcome === 'unavailable' ? EXIT.failed : EXIT.done;
  } finally {
    await parley.close();
  }
}

/** Nobody in particular, in the open: the strictest reading of an audience. */
function toViewer(audience: string): Viewer {
  const [entry, ...more] = parseAudience(audience) ?? [];
  if (entry === undefined || more.length > 0) {
    throw new AppError('invalid_request', `"${audience}" is not a space. Use public or one like discord:<guild id>.`);
  }
  return { userId: '', space: entry === 'public' ? null : entry, isPrivate: false };
}

const OUTCOMES: Record<RetrievalOutcome, string> = {
  found: 'The documents answer this',
  not_in_documents: 'The documents do not answer this',
  not_needed: 'This reads like small talk: nothing was looked up',
  unavailable: 'The index cannot be reached; run: parley doctor',
};

function describe(result: RetrievalResult): string[] {
  const confidence = result.outcome === 'unavailable' ? '' : ` (confidence ${result.confidence.toFixed(2)})`;
  return [`${OUTCOMES[result.outcome]}${confidence}.`, ...result.passages.flatMap(describePassage)];
}

function describePassage({ n, title, headings, url, text, score }: Passage): string[] {
  return [
    '',
    `[${n}] ${score.toFixed(3)}  ${[title, ...headings].join(' › ')}`,
    ...(url ? [`    ${url}`] : []),
    ...text.split('\n').map((row) => `    ${row}`),
  ];
}

function toJson({ outcome, confidence, passages }: RetrievalResult) {
  return {
    outcome,
    confidence,
    passages: passages.map(({ chunkId, ...passage }) => ({ ...passage, chunk_id: chunkId })),
  };
}
