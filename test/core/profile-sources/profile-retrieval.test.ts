import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createBuiltinVectorStore } from '../../../core/adapters/builtin-vector-store.ts';
import { createBundledEmbedder } from '../../../core/adapters/bundled-embedder.ts';
import { createQuotingModel } from '../../../core/adapters/quoting-model.ts';
import type { Viewer } from '../../../core/knowledge/audience.ts';
import { createKnowledge } from '../../../core/knowledge/knowledge.ts';
import { createSafeFetch } from '../../../core/net/safe-fetch.ts';
import { createChunkIndex } from '../../../core/retrieval/create-chunk-index.ts';
import { createRetrieval } from '../../../core/retrieval/create-retrieval.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';
import { createTestNotifications } from '../../support/test-notifications.ts';
import { createTestProfiles } from '../../support/test-profiles.ts';
import { systemClock } from '../../support/test-turns.ts';

const signal = new AbortController().signal;
const SPOTIFY = 'Your music on Spotify: what you like to listen to';

/** The product as it starts, with the bundled embedding model and the built-in index. */
describe('what a profile answers, beside documents that use the same words', () => {
  let database: TestDatabase;
  let embedder: ReturnType<typeof createBundledEmbedder>;
  let profiles: Awaited<ReturnType<typeof createTestProfiles>>;
  let retrieval: ReturnType<typeof createRetrieval>;
  let ada = '';

  beforeAll(async () => {
    database = await createTestDatabase();
    const { db, url } = database;
    const logger = createSilentLogger();
    embedder = createBundledEmbedder({ logger });
    await embedder.open();
    const store = createBuiltinVectorStore({ db, notifications: createTestNotifications(url), logger });
    const chunkIndex = createChunkIndex({ db, store, embedder, logger });
    await chunkIndex.start();
    const safeFetch = createSafeFetch({ allowPrivateHosts: [] });
    const knowledge = createKnowledge({
      db,
      chunkIndex,
      safeFetch,
      clock: systemClock,
      logger,
      programFolder: '/nowhere',
    });
    await knowledge.add({ text: '# Server\n\nHOST is the address to listen on. PORT is 3000, whatever plays on it.' });
    await knowledge.add({
      text: '# Radio\n\nTo listen to our radio tonight, open the app. Music plays until midnight.',
    });
    await knowledge.sync();
    profiles = await createTestProfiles({ db, chunkIndex });
    ada = await profiles.join('spotify');
    await profiles.profileSources.turnOn(ada, 'spotify');
    // What `expect.poll` does works inside a test only.
    await vi.waitUntil(async () => (await profiles.find(ada, 'spotify'))?.lastReadAt, 60_000);
    await chunkIndex.embedPending({ signal });
    retrieval = createRetrieval({ db, store, embedder, logger });
  });
  afterAll(async () => {
    await profiles[Symbol.asyncDispose]();
    await embedder.close();
    await database[Symbol.asyncDispose]();
  });

  async function ask(question: string, viewer: Partial<Viewer> = {}) {
    const turns = [{ role: 'user' as const, content: question }];
    return retrieval.retrieve({ turns, viewer: { userId: ada, space: null, isPrivate: true, ...viewer }, signal });
  }

  it.each([
    'What should I listen to tonight?',
    'what should i listen to tonight',
    'Recommend me some music',
    'Which bands do I like?',
    'Who are my favourite artists?',
    'Which songs did I play last?',
    'What song have I been listening to?',
  ])('answers “%s” from their own taste', async (question) => {
    const { outcome, passages } = await ask(question);

    expect(outcome).toBe('found');
    expect(passages[0]?.title).toBe(SPOTIFY);
  });

  it('quotes the artists where no language model is set up', async () => {
    const { passages, outcome } = await ask('What should I listen to tonight?');
    const messages = [{ role: 'user' as const, content: 'What should I listen to tonight?' }];
    const request = { system: '', messages, passages, outcome, maxOutputTokens: 500 };
    let answer = '';
    for await (const event of createQuotingModel().stream(request, { signal })) {
      if (event.type === 'delta') answer += event.text;
    }

    expect(answer).toMatch(/Nina Simone[\s\S]*\[1\]/);
  });

  it.each([
    ['somebody else', { userId: '00000000-0000-4000-8000-000000000000' }],
    ['a room where others read along', { isPrivate: false, space: 'discord:1' }],
  ])('shows nothing of it to %s', async (_who, viewer) => {
    const { passages } = await ask('What should I listen to tonight?', viewer);

    expect(passages.map(({ title }) => title)).not.toContain(SPOTIFY);
  });
});
