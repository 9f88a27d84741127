import type { Check, CheckResult } from '../cli/command-line.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../core/ports/logger.ts';
import { reconcileLedger } from '../core/wallet/reconcile.ts';
import { createBotChecks } from './check-bots.ts';
import { inspectJobs } from './check-jobs.ts';
import { checkModelsTable } from './check-models-table.ts';
import { inspectRuntime } from './inspect-runtime.ts';
import { describeChatModel, hasChatModel } from './model-settings.ts';
import type { Parts } from './open-parts.ts';
import { checkStoredSecrets } from './stored-secrets.ts';

/** What `parley doctor` looks at. The first check opens the parts that the others then try. */
export function createChecks(
  config: Config,
  { open, logger }: { open: () => Promise<Parts>; logger: Logger },
): Check[] {
  let opening: Promise<Parts> | null = null;
  // What does not open is told once, and not waited for again by each check.
  const opened = (): Promise<Parts> => {
    if (opening) return opening.catch(() => Promise.reject(new Error('Not looked at, for the reason above.')));
    opening = open();
    return opening;
  };
  const check = (name: string, run: () => Promise<CheckResult>): Check => ({ name, run });

  return [
    check('settings', async () => ({ state: 'ok', detail: 'All settings can be read.' })),
    check('runtime', async () => inspectRuntime((await opened()).db)),
    check('database', async () => {
      const { database } = await opened();
      const { words, hint } = database.route;
      await database.health.check();
      const detail = `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
      return config.DATABASE_URL && hint ? { state: 'warning', detail, fix: `${hint}.` } : { state: 'ok', detail };
    }),
    check('jobs', async () => inspectJobs(await opened(), logger)),
    check('stored secrets', async () => checkStoredSecrets(config, (await opened()).db)),
    check('search index', async () => {
      const { store } = await opened();
      await store.check();
      // A key that may only read is found out here, not by the first document.
      await store.checkWrite();
      return {
        state: 'ok',
        detail: `${config.QDRANT_URL ? 'Qdrant' : 'Built-in index'}, ${await store.count()} chunks.`,
      };
    }),
    check('embedding model', async () => {
      const { embedder } = await opened();
      await embedder.embed(['Does this work?'], { purpose: 'question' });
      return { state: 'ok', detail: `${embedder.model}, ${embedder.dimension} dimensions.` };
    }),
    check('language model', async () => {
      if (!hasChatModel(config)) {
        return {
          state: 'off',
          detail: 'Answers are quoted from the documents.',
          fix: 'Set OPENAI_API_KEY, or OPENAI_BASE_URL for another server, and a language model writes them.',
        };
      }
      const { detail, ...result } = await (await opened()).models.tryOut();
      return { ...result, detail: `Answers are written by ${describeChatModel(config)}. ${detail}` };
    }),
    check('models', async () => {
      const { models, clock } = await opened();
      return checkModelsTable(models, clock);
    }),
    check('ledger', async () => {
      const problems = await reconcileLedger((await opened()).db);
      if (problems.length === 0) return { state: 'ok', detail: 'Every balance is the sum of its entries.' };
      const [first] = problems;
      return {
        state: 'failed',
        detail: `It does not add up: ${first?.what} (${first?.id}), ${problems.length} in all.`,
        fix: 'Somebody has changed the database by hand, or this is a bug: please report it. docs/billing.md says how to find out.',
      };
    }),
    check('documents', async () => {
      const stats = await (await opened()).knowledge.stats();
      const detail = `${stats.sources} sources, ${stats.documents} documents, ${stats.chunks} chunks.`;
      if (stats.sources === 0)
        return { state: 'warning', detail, fix: 'Add documents: parley add <folder or address>' };
      if (stats.pendingChunks > 0) {
        return {
          state: 'warning',
          detail: `${detail} ${stats.pendingChunks} wait to be embedded.`,
          fix: 'Run: parley sync',
        };
      }
      return { state: 'ok', detail };
    }),
    ...createBotChecks(config),
    check('widget', async () => {
      const isLocal = new URL(config.PUBLIC_URL).hostname === 'localhost';
      if (!isLocal) return { state: 'ok', detail: `Allowed on ${config.WIDGET_ORIGINS.join(', ')}.` };
      return {
        state: 'warning',
        detail: `PUBLIC_URL is ${config.PUBLIC_URL}: only this machine reaches it.`,
        fix: 'Before others use it, set PUBLIC_URL to the address they will use, and WIDGET_ORIGINS to your websites.',
      };
    }),
  ];
}
