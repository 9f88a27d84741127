import { randomUUID } from 'node:crypto';
import { createChunkIndex } from '../core/retrieval/create-chunk-index.ts';
import { createRetrieval } from '../core/retrieval/create-retrieval.ts';
import { type FollowUp, followUps, followUpTexts } from './follow-up-sets.ts';
import { noEmbedder } from './no-embedder.ts';
import { fillDocuments, openSearchLab } from './search-lab.ts';

/** As many passages are read as the eye takes in at once. */
const NEAR_THE_TOP = 3;

interface Rank {
  followUp: FollowUp;
  /** From 0; -1 where it was not found. */
  position: number;
}

/** Follow-ups over tables and pages that are all but the same, by words alone, as the bundled model would not help. */
async function rankAll(): Promise<Rank[]> {
  const lab = await openSearchLab({ store: 'builtin', embedder: () => noEmbedder });
  try {
    const index = createChunkIndex(lab);
    await index.start();
    const textOf = await fillDocuments(lab.db, index, followUpTexts);
    const { search } = createRetrieval({ ...lab, meaningPerSecond: 0 });
    const viewer = { userId: randomUUID(), space: null, isPrivate: false };
    const { signal } = new AbortController();
    const ranks: Rank[] = [];
    for (const followUp of followUps) {
      const { chunks } = await search({ turns: followUp.turns, viewer, signal });
      ranks.push({
        followUp,
        position: chunks.findIndex((chunk) => textOf.get(chunk.documentId) === followUp.relevant),
      });
    }
    await index.stop();
    return ranks;
  } finally {
    await lab.close();
  }
}

const ranks = await rankAll();
const halves = Map.groupBy(ranks, ({ followUp }) => `${followUp.kind}${followUp.isHeldOut ? ', held out' : ''}`);
const share = (of: Rank[], isIn: (position: number) => boolean) =>
  (of.filter(({ position }) => isIn(position)).length / of.length).toFixed(2);
console.table(
  [...halves].sort().map(([kind, of]) => ({
    kind,
    conversations: of.length,
    first: share(of, (position) => position === 0),
    [`among ${NEAR_THE_TOP}`]: share(of, (position) => position >= 0 && position < NEAR_THE_TOP),
  })),
);
