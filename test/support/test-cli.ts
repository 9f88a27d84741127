import type { Check } from '../../cli/command-line.ts';
import { createCli } from '../../cli/create-cli.ts';
import type { Rotation } from '../../core/encryption/rotate-keys.ts';
import type { Viewer } from '../../core/knowledge/audience.ts';
import type { RetrievalResult } from '../../core/retrieval/retrieval.ts';
import { createOperatorCredits } from '../../core/wallet/operator-credits.ts';
import { createWallets } from '../../core/wallet/wallets.ts';
import type { TestKnowledge } from './test-knowledge.ts';
import { systemClock } from './test-turns.ts';

interface Options {
  input?: string;
  checks?: Check[];
  rotations?: Rotation[];
  found?: Partial<RetrievalResult>;
  interrupted?: AbortSignal;
  watched?: NodeJS.WriteStream;
}

/** The command line on real knowledge; what it printed is text, one line after the other. */
export function createTestCli(t: TestKnowledge, options: Options = {}) {
  const printed: string[] = [];
  const complaints: string[] = [];
  const viewers: Viewer[] = [];
  let open = 0;
  const cli = createCli({
    open: async () => {
      open += 1;
      return {
        knowledge: t.knowledge,
        retrieval: {
          async retrieve({ viewer }) {
            viewers.push(viewer);
            return { outcome: 'found', passages: [], confidence: 0.9, ...options.found };
          },
        },
        operatorCredits: createOperatorCredits({
          db: t.db,
          wallets: createWallets({ db: t.db, clock: systemClock, openingMicros: 0, freeDailyMicros: 0 }),
        }),
        close: async () => {
          open -= 1;
        },
      };
    },
    rotateKeys: async () => options.rotations ?? [],
    backup: unused,
    restore: unused,
    move: unused,
    checks: () => options.checks ?? [],
    slackManifest: () => ({ display_information: { name: 'Parley' } }),
    print: (text) => printed.push(text),
    complain: (text) => complaints.push(text),
    readInput: async () => options.input ?? '',
    watched: options.watched ?? null,
    interrupted: options.interrupted ?? new AbortController().signal,
  });
  return {
    run: cli.run,
    output: () => printed.join('\n'),
    errors: () => complaints.join('\n'),
    viewers,
    /** What was opened and not closed again. */
    stillOpen: () => open,
  };
}

/** Of these only real processes show anything. */
async function unused(): Promise<never> {
  throw new Error('not for this command line');
}
