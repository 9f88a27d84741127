import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBuiltinVectorStore } from '../../../core/adapters/builtin-vector-store.ts';
import { createBundledEmbedder } from '../../../core/adapters/bundled-embedder.ts';
import { createQuotingModel } from '../../../core/adapters/quoting-model.ts';
import { createKnowledge } from '../../../core/knowledge/knowledge.ts';
import { OWN_DOCUMENTS } from '../../../core/knowledge/source-location.ts';
import { createSafeFetch } from '../../../core/net/safe-fetch.ts';
import { createChunkIndex } from '../../../core/retrieval/create-chunk-index.ts';
import { createRetrieval } from '../../../core/retrieval/create-retrieval.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';
import { createTestNotifications } from '../../support/test-notifications.ts';
import { never, systemClock } from '../../support/test-turns.ts';

/** What a newcomer meets: Parley's own documents, the bundled embedding model, and no language model. */
describe('the first answers', () => {
  let database: TestDatabase;
  let embedder: ReturnType<typeof createBundledEmbedder>;
  let retrieval: ReturnType<typeof createRetrieval>;

  beforeAll(async () => {
    database = await createTestDatabase();
    const { db, url } = database;
    const logger = createSilentLogger();
    embedder = createBundledEmbedder({ logger });
    await embedder.open();
    const store = createBuiltinVectorStore({ db, notifications: createTestNotifications(url), logger });
    const chunkIndex = createChunkIndex({ db, store, embedder, logger });
    await chunkIndex.start();
    const knowledge = createKnowledge({
      ...{ db, chunkIndex, logger, clock: systemClock },
      safeFetch: createSafeFetch({ allowPrivateHosts: [] }),
      programFolder: path.join(import.meta.dirname, '../../..'),
    });
    await knowledge.add({ location: OWN_DOCUMENTS });
    await knowledge.sync();
    await chunkIndex.embedPending({ signal: never });
    retrieval = createRetrieval({ db, store, embedder, logger });
  }, 120_000);
  afterAll(async () => {
    await embedder.close();
    await database[Symbol.asyncDispose]();
  });

  async function ask(question: string) {
    const messages = [{ role: 'user' as const, content: question }];
    const viewer = { userId: '00000000-0000-4000-8000-000000000000', space: null, isPrivate: false };
    const { outcome, passages, doubtful, confidence } = await retrieval.retrieve({
      turns: messages,
      viewer,
      signal: never,
    });
    const request = { system: '', messages, passages: doubtful ?? passages, outcome, confidence, maxOutputTokens: 500 };
    return createQuotingModel().quote?.(request) ?? request;
  }

  it.each([
    ['How do I add my documents?', /npx parley add/],
    ['Can I use my own model?', /OPENAI_API_KEY[\s\S]*OPENAI_BASE_URL/],
    ['How do I put this chat on my website?', /<parley-chat><\/parley-chat>/],
    ['Which environment variable sets the PostgreSQL connection?', /\| `DATABASE_URL` \|/],
    ['Is it free?', /Parley itself is free/],
    ['How do I back it up?', /npx parley backup/],
    ['How do I upgrade to a new version?', /npm ci/],
    ['How do I delete my account?', /\/forget/],
  ])('say what is asked: %s', async (question, right) => {
    const { outcome, passages } = await ask(question);

    expect(outcome).toBe('found');
    expect(passages.map(({ quote }) => quote).join('\n')).toMatch(right);
  });

  it.each(['Does Parley support WhatsApp?', 'Who is the CEO of the company?', "What's the weather like tomorrow?"])(
    'have no sources where the documents do not say: %s',
    async (question) => {
      expect(await ask(question)).toMatchObject({ outcome: 'not_in_documents', passages: [] });
    },
  );
});
