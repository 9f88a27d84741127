import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createBuiltinVectorStore } from '../../../core/adapters/builtin-vector-store.ts';
import { AppError } from '../../../core/errors.ts';
import type { Viewer } from '../../../core/knowledge/audience.ts';
import type { VectorStore } from '../../../core/ports/vector-store.ts';
import type { IndexedChunk } from '../../../core/retrieval/chunk-index.ts';
import { createChunkIndex } from '../../../core/retrieval/create-chunk-index.ts';
import { createRetrieval } from '../../../core/retrieval/create-retrieval.ts';
import type { ConversationTurn } from '../../../core/retrieval/retrieval.ts';
import { UNRELATED_QUESTIONS } from '../../../core/retrieval/unrelated-questions.ts';
import { createHashingEmbedder } from '../../support/hashing-embedder.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { createTestNotifications } from '../../support/test-notifications.ts';

const VISITOR: Viewer = { userId: 'ada', space: null, isPrivate: true };
const signal = new AbortController().signal;

const FILLER = [
  'The office in Berlin lies near the river and has a garden.',
  'Invoices are sent on the first day of each month by mail.',
  'Our mascot is a parrot whose feathers are green and yellow.',
  'Servers are restarted every Sunday while nobody is watching.',
  'The cafeteria offers soup, salad and bread between noon and two.',
];
const PASSWORD = 'To reset your password open the account page and press the reset button.';

async function createLab({ embedder = createHashingEmbedder() } = {}) {
  const database = await createTestDatabase();
  const { db } = database;
  const logger = createSilentLogger();
  const store = createBuiltinVectorStore({ db, notifications: createTestNotifications(database.url), logger });
  const parts = { db, store, embedder, logger };
  const index = createChunkIndex(parts);
  return {
    ...parts,
    index,
    retrieval: createRetrieval(parts),
    async addSource(texts: string[], { audience = ['public'], language = 'en', title = 'Guide' } = {}) {
      const sourceId = randomUUID();
      const documentId = randomUUID();
      await db('sources').insert({ id: sourceId, kind: 'text', location: sourceId, title, audience });
      await db('documents').insert({
        id: documentId,
        source_id: sourceId,
        location: 'd',
        title,
        content_hash: '',
        language,
        url: 'https://docs.test/guide',
      });
      const chunks = texts.map(
        (text): IndexedChunk => ({
          id: randomUUID(),
          documentId,
          sourceId,
          audience,
          title,
          headings: [],
          text,
          language,
        }),
      );
      await db('chunks').insert(
        chunks.map(({ id, text }, position) => ({
          id,
          document_id: documentId,
          source_id: sourceId,
          position,
          headings: [],
          text,
        })),
      );
      await index.add(chunks);
      return chunks;
    },
    async [Symbol.asyncDispose]() {
      await index.stop();
      await store.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

async function openLab(options?: Parameters<typeof createLab>[0]) {
  const lab = await createLab(options);
  await lab.index.start();
  return lab;
}

/** Questions that were embedded, but those that only measure how near unrelated ones are. */
const asked = ({ embedded }: { embedded: string[] }) =>
  embedded.filter((text) => !Object.values(UNRELATED_QUESTIONS).some((unrelated) => unrelated.includes(text)));

const ask = (content: string): ConversationTurn[] => [{ role: 'user', content }];

describe('retrieve', () => {
  it('finds the passage that answers, with its title and address', async () => {
    await using lab = await openLab();
    await lab.addSource([...FILLER, PASSWORD]);

    const result = await lab.retrieval.retrieve({
      turns: ask('How can I reset my password?'),
      viewer: VISITOR,
      signal,
    });

    expect(result.outcome).toBe('found');
    expect(result.passages[0]).toMatchObject({
      n: 1,
      title: 'Guide',
      url: 'https://docs.test/guide',
      text: PASSWORD,
      score: 1,
    });
    expect(result.confidence).toBeGreaterThan(0.5);
  });

  it('says that the documents do not answer what they do not mention', async () => {
    await using lab = await openLab();
    await lab.addSource([...FILLER, PASSWORD]);

    const result = await lab.retrieval.retrieve({
      turns: ask('Which quarks make up a proton?'),
      viewer: VISITOR,
      signal,
    });

    expect(result).toMatchObject({ outcome: 'not_in_documents', passages: [] });
  });

  it('says so too when there are no documents at all', async () => {
    await using lab = await openLab();

    const result = await lab.retrieval.retrieve({
      turns: ask('How can I reset my password?'),
      viewer: VISITOR,
      signal,
    });

    expect(result).toEqual({ outcome: 'not_in_documents', passages: [], confidence: 0 });
  });

  it('looks nothing up for small talk', async () => {
    await using lab = await openLab();
    await lab.addSource([PASSWORD]);

    const result = await lab.retrieval.retrieve({ turns: ask('Thanks a lot! 🎉'), viewer: VISITOR, signal });

    expect(result.outcome).toBe('not_needed');
    expect(lab.embedder.embedded).toEqual([]);
  });

  it('reads a follow-up in the light of the turns before', async () => {
    await using lab = await openLab();
    await lab.addSource([...FILLER, PASSWORD, 'The reset button of the coffee machine is at its back.']);

    const result = await lab.retrieval.retrieve({
      turns: [
        { role: 'user', content: 'I forgot the password of my account' },
        { role: 'assistant', content: 'You can reset it.' },
        { role: 'user', content: 'Where is that button?' },
      ],
      viewer: VISITOR,
      signal,
    });

    expect(result.passages[0]?.text).toBe(PASSWORD);
  });

  it("never shows a person's own documents to others, nor to them where others read along", async () => {
    await using lab = await openLab();
    await lab.addSource(FILLER);
    await lab.addSource([PASSWORD], { audience: ['user:ada'] });
    const textsFor = async (viewer: Viewer) =>
      (await lab.retrieval.search({ turns: ask('reset password'), viewer, signal })).chunks.map((chunk) => chunk.text);

    expect(await textsFor({ userId: 'ada', space: null, isPrivate: true })).toContain(PASSWORD);
    expect(await textsFor({ userId: 'ada', space: 'discord:1', isPrivate: false })).not.toContain(PASSWORD);
    expect(await textsFor({ userId: 'bob', space: null, isPrivate: true })).not.toContain(PASSWORD);
  });

  it('believes the database when the index still has an old audience', async () => {
    await using lab = await openLab();
    const [chunk] = await lab.addSource([PASSWORD, ...FILLER]);

    await lab
      .db('sources')
      .where({ id: chunk!.sourceId })
      .update({ audience: ['slack:1'] });

    const { chunks } = await lab.retrieval.search({ turns: ask('reset password'), viewer: VISITOR, signal });
    expect(chunks).toEqual([]);
  });

  it('leaves out chunks that are gone, and leaves the index alone: another database may share it', async () => {
    await using lab = await openLab();
    const chunks = await lab.addSource([PASSWORD, ...FILLER]);
    await lab.db('chunks').where({ id: chunks[0]!.id }).delete();

    const found = await lab.retrieval.search({ turns: ask('reset password'), viewer: VISITOR, signal });

    expect(found.chunks.map((chunk) => chunk.id)).not.toContain(chunks[0]!.id);
    expect(await lab.store.count()).toBe(FILLER.length + 1);
  });

  it('shows a passage once when several documents repeat it', async () => {
    await using lab = await openLab();
    await lab.addSource([...FILLER, PASSWORD]);
    await lab.addSource([PASSWORD, `${PASSWORD} `]);

    const result = await lab.retrieval.retrieve({ turns: ask('reset my password'), viewer: VISITOR, signal });

    expect(result.passages.filter((passage) => passage.text.trim() === PASSWORD)).toHaveLength(1);
    expect(result.passages.map((passage) => passage.n)).toEqual(result.passages.map((_, at) => at + 1));
  });

  it('finds German documents by other forms of their words', async () => {
    await using lab = await openLab();
    await lab.addSource(
      [...FILLER, 'Rechnungen werden monatlich verschickt.', 'Passwörter setzt man im Konto zurück.'],
      { language: 'de' },
    );

    const result = await lab.retrieval.retrieve({
      turns: ask('Wo finde ich meine Rechnung?'),
      viewer: VISITOR,
      signal,
    });

    expect(result.passages[0]?.text).toContain('Rechnungen');
  });

  it('goes on by words while the embedder is down', async () => {
    await using lab = await openLab();
    await lab.addSource([...FILLER, PASSWORD]);
    lab.embedder.isDown = true;

    const result = await lab.retrieval.retrieve({ turns: ask('reset my password'), viewer: VISITOR, signal });

    expect(result.passages[0]?.text).toBe(PASSWORD);
  });

  it('is unavailable, not broken, while the index cannot be reached', async () => {
    await using lab = await createLab();

    const result = await lab.retrieval.retrieve({ turns: ask('reset my password'), viewer: VISITOR, signal });

    expect(result).toEqual({ outcome: 'unavailable', passages: [], confidence: 0 });
    expect(lab.logger.lines.at(-1)).toMatchObject({ level: 'warn' });
  });

  it('is unavailable when the store throws something unexpected, and that is logged as a bug', async () => {
    await using lab = await openLab();
    const store: VectorStore = { ...lab.store, search: () => Promise.reject(new TypeError('bug')) };

    const result = await createRetrieval({ ...lab, store }).retrieve({
      turns: ask('reset my password'),
      viewer: VISITOR,
      signal,
    });

    expect(result.outcome).toBe('unavailable');
    expect(lab.logger.lines.at(-1)).toMatchObject({ level: 'error' });
  });

  it('throws only when it is told to stop', async () => {
    await using lab = await openLab();

    await expect(
      lab.retrieval.retrieve({
        turns: ask('reset my password'),
        viewer: VISITOR,
        signal: AbortSignal.abort(new Error('gone')),
      }),
    ).rejects.toThrow('gone');
  });

  it('embeds a question once, however often it is asked', async () => {
    await using lab = await openLab();
    await lab.addSource([PASSWORD]);

    for (let i = 0; i < 3; i++)
      await lab.retrieval.search({ turns: ask('Which quarks make up a proton?'), viewer: VISITOR, signal });

    expect(asked(lab.embedder)).toEqual(['Which quarks make up a proton?']);
  });
});

describe('in a rush', () => {
  it('spends the meaning on questions whose words are not found well', async () => {
    await using lab = await openLab();
    await lab.addSource([...FILLER, PASSWORD]);
    const retrieval = createRetrieval({ ...lab, meaningPerSecond: 1 });

    const clear = await retrieval.search({ turns: ask('reset my password'), viewer: VISITOR, signal });
    await retrieval.search({ turns: ask('Which quarks make up a proton?'), viewer: VISITOR, signal });

    expect(clear.chunks[0]?.text).toBe(PASSWORD);
    expect(asked(lab.embedder)).toEqual(['Which quarks make up a proton?']);
  });

  it('looks up by words alone what comes beyond it', async () => {
    await using lab = await openLab();
    await lab.addSource([...FILLER, PASSWORD]);
    const retrieval = createRetrieval({ ...lab, meaningPerSecond: 0 });

    const vague = await retrieval.search({
      turns: ask('The password, please: what about quarks?'),
      viewer: VISITOR,
      signal,
    });

    expect(vague.chunks[0]?.text).toBe(PASSWORD);
    expect(lab.embedder.embedded).toEqual([]);
  });
});

describe('a follow-up', () => {
  const PRODUCTS = [
    'Kettle',
    'Toaster',
    'Blender',
    'Grinder',
    'Juicer',
    'Steamer',
    'Fryer',
    'Griddle',
    'Mixer',
    'Slicer',
  ];
  const TWINS = [...PRODUCTS, ...PRODUCTS.map((product) => `Mini ${product}`)].map(
    (product, at) => `How much does the ${product} cost? The ${product} costs ${20 + at} euros. It does not rust.`,
  );
  const TABLE = ['Plan: Trawler\nPrice: 49 euros\nSeats: 12', 'Plan: Dinghy\nPrice: 5 euros\nSeats: 1'];
  const GERMAN = 'Tarif: Jolle\nPreis: 5 Euro\nPlätze: 1';
  const turns = (...contents: string[]): ConversationTurn[] =>
    contents.map((content, at) => ({ role: at % 2 === 0 ? ('user' as const) : ('assistant' as const), content }));

  it.each([
    [TABLE[0], turns('Tell me about the Trawler plan', 'It is one of our plans [1].', 'and how much does it cost?')],
    [GERMAN, turns('Was ist der Tarif Jolle?', 'Die Jolle ist ein Tarif [1].', 'und wie viel kostet sie?')],
    [TABLE[0], turns('Which plan is the largest?', 'The Trawler plan [1].', 'How much does it cost?')],
    [
      TABLE[0],
      turns(
        'The Trawler?',
        'It is a plan [1].',
        'How much is it?',
        'See the prices [1].',
        'and what does it cost yearly?',
      ),
    ],
    [TWINS[3], turns('Do you sell the Grinder?', 'Yes, we sell the Grinder [1].', 'How much does it cost?')],
    [
      TWINS[1],
      turns('Tell me about the Trawler plan', 'It is one of our plans [1].', 'How much does the Toaster cost?'),
    ],
    [PASSWORD, turns('Tell me about the Trawler plan', 'It is one of our plans [1].', 'How do I reset my password?')],
  ])('finds "%s"', async (expected, conversation) => {
    await using lab = await openLab();
    await lab.addSource([...TWINS, ...TABLE, ...FILLER, PASSWORD], { title: 'All' });
    await lab.addSource([GERMAN, 'Tarif: Schoner\nPreis: 19 Euro\nPlätze: 4'], { title: 'Tarife', language: 'de' });

    const { outcome, passages } = await lab.retrieval.retrieve({ turns: conversation, viewer: VISITOR, signal });

    expect(outcome).toBe('found');
    expect(passages[0]?.text).toBe(expected);
  });
});

describe('a collection in other languages', () => {
  const STREETS = ['Ahornweg', 'Bachgasse', 'Lindenallee', 'Marktplatz', 'Ringstraße', 'Schulgasse', 'Turmweg'];
  /** As many as made the nearest passage near to anything. */
  const BRANCHES = Array.from({ length: 600 }, (_, at) => {
    const street = `${STREETS[at % STREETS.length]} ${at}`;
    return `Die Filiale im ${street} öffnet werktags um acht Uhr und hat einen eigenen Parkplatz mit ${at % 40} Plätzen.`;
  });
  const WARRANTY = 'Auf alle Fahrräder geben wir fünf Jahre Garantie, auf Akkus zwei Jahre.';

  it.each([
    ['an embedder that does not know German', { languages: ['en'], likeness: 3 }],
    ['an embedder to which all texts are alike', { likeness: 3 }],
  ])('does not answer from it what it does not say, by %s', async (_, options) => {
    await using lab = await openLab({ embedder: createHashingEmbedder(options) });
    await lab.addSource([...BRANCHES, WARRANTY], { language: 'de', title: 'Handbuch' });
    await lab.index.embedPending({ signal });
    const retrieve = (content: string) => lab.retrieval.retrieve({ turns: ask(content), viewer: VISITOR, signal });

    const unrelated = ['Wie hoch ist der Mount Everest?', 'Wer schrieb den Faust?', 'Wie pflegt man Orchideen?'];
    const outcomes = await Promise.all(unrelated.map(async (question) => (await retrieve(question)).outcome));
    const answered = await retrieve('Wie lange habe ich Garantie auf ein Fahrrad?');

    expect(outcomes).toEqual(['not_in_documents', 'not_in_documents', 'not_in_documents']);
    expect(answered).toMatchObject({ outcome: 'found', passages: [{ text: WARRANTY }] });
  });

  it('embeds only passages and questions in languages that the embedder knows', async () => {
    await using lab = await openLab({ embedder: createHashingEmbedder({ languages: ['en'] }) });
    await lab.addSource([WARRANTY], { language: 'de', title: 'Handbuch' });

    expect(await lab.index.embedPending({ signal })).toBe(1);
    await lab.retrieval.retrieve({ turns: ask('Wer schrieb den Faust?'), viewer: VISITOR, signal });

    expect(lab.embedder.embedded).toEqual([]);
  });
});

describe('words of other scripts', () => {
  it.each([
    ['hi', 'दिन', 'दान'],
    ['bn', 'দিন', 'দান'],
    ['ta', 'கல்', 'காலி'],
    ['th', 'ดี', 'ดู'],
    ['vi', 'bàn', 'bán'],
  ])('finds a word of %s and not its neighbour', async (language, meant, neighbour) => {
    await using lab = await openLab();
    await lab.addSource([`${neighbour} 1.`, `${meant} 2.`], { language, title: '—' });

    const { chunks } = await lab.retrieval.search({ turns: ask(meant), viewer: VISITOR, signal });

    expect(chunks.map(({ text }) => text)).toEqual([`${meant} 2.`]);
  });

  it('finds Turkish small letters by capitals, and capitals by small letters', async () => {
    await using lab = await openLab();
    await lab.addSource(['ISPARTA gülleriyle ünlüdür.', 'Odadaki ışık açık.'], { language: 'tr', title: '—' });
    const search = async (content: string) =>
      (await lab.retrieval.search({ turns: ask(content), viewer: VISITOR, signal })).chunks.map(({ text }) => text);

    expect(await search('ısparta')).toEqual(['ISPARTA gülleriyle ünlüdür.']);
    expect(await search('IŞIK')).toEqual(['Odadaki ışık açık.']);
  });
});

describe('the chunk index', () => {
  it('makes everything anew when the terms of texts have changed', async () => {
    await using lab = await openLab();
    await lab.addSource([PASSWORD, ...FILLER]);
    await lab.index.embedPending({ signal });
    await lab.db('vector_collections').update({ embedding_model: 'hashing' });
    await lab.db('chunks').update({ embedding_model: 'hashing' });
    const upgraded = createChunkIndex(lab);
    await upgraded.start();

    expect(await upgraded.embedPending({ signal })).toBe(6);
    expect(await upgraded.embedPending({ signal })).toBe(0);
    await upgraded.stop();
  });

  it('makes chunks findable by words at once and embeds them later', async () => {
    await using lab = await openLab();
    await lab.addSource([...FILLER, PASSWORD]);
    const progress: unknown[] = [];

    const embedded = await lab.index.embedPending({ signal, onProgress: (step) => progress.push(step) });

    expect(embedded).toBe(6);
    expect(progress.at(-1)).toEqual({ done: 6, total: 6 });
    expect(await lab.index.embedPending({ signal })).toBe(0);
    expect(await lab.db('chunks').pluck('embedding_model')).toEqual(Array(6).fill('hashing#2'));
  });

  it('goes on where it was interrupted', async () => {
    await using lab = await openLab();
    await lab.addSource(Array.from({ length: 50 }, (_, at) => `Passage number ${at} of many.`));
    const interrupted = new AbortController();

    await expect(
      lab.index.embedPending({ signal: interrupted.signal, onProgress: () => interrupted.abort() }),
    ).rejects.toThrow();

    expect(await lab.index.embedPending({ signal })).toBe(18);
  });

  it('embeds everything again for another model', async () => {
    await using lab = await openLab();
    await lab.addSource([PASSWORD, ...FILLER]);
    await lab.index.embedPending({ signal });
    const other = createChunkIndex({ ...lab, embedder: createHashingEmbedder({ model: 'other', dimension: 32 }) });
    await other.start();

    expect(await other.embedPending({ signal })).toBe(6);
    expect(await lab.db('chunks').distinct('embedding_model').pluck('embedding_model')).toEqual(['other#2']);
    await other.stop();
  });

  it('fills a store anew that is not the one that was filled', async () => {
    await using lab = await openLab();
    await lab.addSource([...FILLER, PASSWORD]);
    await lab.index.embedPending({ signal });
    await lab.db('vector_collections').delete();

    expect(await lab.index.embedPending({ signal })).toBe(6);
    expect(await lab.store.count()).toBe(6);
  });

  it('starts while the embedder is down, and searches by words', async () => {
    await using lab = await createLab();
    lab.embedder.isDown = true;
    await lab.index.start();
    await lab.addSource([...FILLER, PASSWORD]);

    const result = await lab.retrieval.retrieve({ turns: ask('reset my password'), viewer: VISITOR, signal });
    await expect(lab.index.embedPending({ signal })).rejects.toMatchObject({ code: 'embedding_unavailable' });
    lab.embedder.isDown = false;

    expect(result.outcome).toBe('found');
    expect(await lab.index.embedPending({ signal })).toBe(6);
  });

  it('starts while the store cannot be reached', async () => {
    await using lab = await createLab();
    const store: VectorStore = {
      ...lab.store,
      open: () => Promise.reject(new AppError('vector_store_unavailable', 'down')),
    };
    const index = createChunkIndex({ ...lab, store });

    await index.start();
    await index.stop();

    expect(lab.logger.lines).toContainEqual(expect.objectContaining({ level: 'warn' }));
  });
});
