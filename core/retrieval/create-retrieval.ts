import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import { audiencesOf, type Viewer } from '../knowledge/audience.ts';
import type { Passage } from '../ports/chat-model.ts';
import type { Embedder } from '../ports/embedder.ts';
import type { Logger } from '../ports/logger.ts';
import type { VectorQuery, VectorSearchResult, VectorStore } from '../ports/vector-store.ts';
import { rememberTexts } from '../remember-texts.ts';
import { createAllowance } from './allowance.ts';
import { findReadableChunks, listDocumentLanguages, type StoredChunk } from './chunks-repository.ts';
import { CONFIDENCE_THRESHOLD, type Evidence, inConversation, toConfidence, WORDS_SUFFICE } from './confidence.ts';
import { coverageOf } from './coverage.ts';
import { knowsLanguage, mayKnowQuestion } from './known-languages.ts';
import { toShingles, withoutNearDuplicates } from './near-duplicates.ts';
import { type Question, toQuestion } from './question.ts';
import { createQuestionEmbedding } from './question-embedding.ts';
import { rememberFor } from './remember-for.ts';
import type { ConversationTurn, Retrieval, RetrievalResult } from './retrieval.ts';
import { needsDocuments } from './small-talk.ts';
import { encodeQuery, queryLength } from './sparse-encoding.ts';
import { createLexicalScore } from './term-idf.ts';
import { createTermRarity, type RarityOf } from './term-rarity.ts';
import { tokenize } from './tokenize.ts';
import { createUnrelatedNearness } from './unrelated-nearness.ts';

const CANDIDATES = 30;
/** More than are shown, because duplicates and chunks that are gone fall away; reading many costs every answer. */
const ANSWER_CANDIDATES = 15;
/** A question is stemmed in at most so many of the documents' languages. */
const MOST_LANGUAGES = 40;
/**
 * Questions embedded each second at most: the bundled model takes 5 to 10 ms of processor for each, more than all the
 * rest of an answer. Beyond it a question is looked up by its words alone.
 */
const MEANING_PER_SECOND = 10;
/** What is only counted over all documents may be this old. */
const REFRESH_MS = 10_000;
const MOST_PASSAGES = 6;
/** Passages of which one has to have the question's words. */
const COVERED = 3;
/** A word before that weighs so much is a name of what a follow-up is about. */
const NAMED = 0.2;
const NOTHING_BEFORE: RarityOf = () => null;
/** About 3,000 tokens: what small models still read well. */
const MOST_CHARACTERS = 12_000;
const shinglesOf = rememberTexts((text) => toShingles(tokenize(text)));

export interface SearchedChunk extends StoredChunk {
  /** 0 to 1; comparable only within one search. */
  score: number;
}

export interface SearchResult {
  /** Best first. */
  chunks: SearchedChunk[];
  confidence: number;
}

interface Found {
  found: VectorSearchResult;
  evidence: Evidence;
  /** For a follow-up that needed what was said before. */
  withSubject: Evidence | null;
}

export interface SearchableRetrieval extends Retrieval {
  /**
   * The ranking itself, without small talk, threshold or cut-off: for the command line and for measuring.
   * @throws AppError `vector_store_unavailable`
   */
  search(options: {
    turns: ConversationTurn[];
    viewer: Viewer;
    signal: AbortSignal;
    limit?: number;
  }): Promise<SearchResult>;
}

/** Finds passages by words and meaning in the store; who may read one is asked of the database, once more, at the end. */
export function createRetrieval(options: {
  db: Knex;
  store: VectorStore;
  embedder: Embedder;
  logger: Logger;
  meaningPerSecond?: number;
}): SearchableRetrieval {
  const { db, store, embedder, logger } = options;
  const { embedQuestion, isRemembered } = createQuestionEmbedding(options);
  const mayEmbed = createAllowance({
    perSecond: options.meaningPerSecond ?? MEANING_PER_SECOND,
    now: () => performance.now(),
  });
  const documentLanguages = rememberFor(REFRESH_MS, async () => {
    const languages = await listDocumentLanguages(db);
    return languages.length === 0 ? ['en'] : languages.slice(0, MOST_LANGUAGES);
  });
  const chunkCount = rememberFor(REFRESH_MS, () => store.count());
  const rarityAmong = createTermRarity(options);
  const lexicalScore = createLexicalScore(options);
  const unrelatedNearness = createUnrelatedNearness({ ...options, documentLanguages });

  async function search({
    turns,
    viewer,
    signal,
    limit = CANDIDATES,
  }: Parameters<SearchableRetrieval['search']>[0]): Promise<SearchResult> {
    const audience = audiencesOf(viewer);
    const languages = await documentLanguages();
    const rarity = rarityAmong(await chunkCount());
    // Learned while the first question is asked, so that no follow-up waits for it.
    rarity.catch(() => {});
    const rarityOf = turns.length > 1 ? await rarity : NOTHING_BEFORE;
    const question = toQuestion(turns, (word) => rarityOf(word, languages));
    if (!question) return { chunks: [], confidence: 0 };
    const sparse = encodeQuery(question.words, languages);
    const words = { sparse, dense: null, audience, limit };
    const { found, evidence, withSubject } = await searchStore(question, { words, languages, signal });
    if (found.hits.length === 0) return { chunks: [], confidence: 0 };

    const ids = found.hits.map((hit) => hit.id);
    const byId = new Map((await findReadableChunks(db, ids, audience)).map((chunk) => [chunk.id, chunk]));
    const best = found.hits[0]?.score ?? 1;
    const chunks = found.hits.flatMap((hit) => {
      const chunk = byId.get(hit.id);
      return chunk ? [{ ...chunk, score: hit.score / best }] : [];
    });
    if (chunks.length === 0) return { chunks, confidence: 0 };
    const coverage = coverageOf(toCovered(question), chunks.slice(0, COVERED), languages);
    return { chunks, confidence: inConversation(evidence, withSubject, coverage) };
  }

  /**
   * By words first: only where they find little does the meaning add to them, and in a rush not everyone gets it. A
   * follow-up is looked up once more, with what it is about.
   */
  async function searchStore(
    question: Question,
    { words, languages, signal }: { words: VectorQuery; languages: string[]; signal: AbortSignal },
  ): Promise<Found> {
    const found = await store.search(words);
    const topLexicalScore = await lexicalScoreOf(found, words);
    const length = queryLength(question.words, languages);
    const evidence = { queryLength: length, topLexicalScore, nearness: 0, chunkCount: await chunkCount() };
    const isFound = toConfidence(evidence) >= WORDS_SUFFICE;
    const dense = isFound ? null : await findMeaning(question, { languages, signal });
    if (!dense && question.subject.length === 0) return { found, evidence, withSubject: null };

    const all = [...question.words, ...question.subject];
    const byAll = { ...words, sparse: encodeQuery(all, languages), dense };
    const foundByAll = await store.search(byAll);
    const nearness = await nearnessOf(foundByAll, words.audience, dense);
    const alone = { ...evidence, nearness };
    if (question.subject.length === 0) return { found: foundByAll, evidence: alone, withSubject: null };
    const topOfAll = await lexicalScoreOf(foundByAll, byAll);
    const ofAll = { queryLength: queryLength(all, languages), topLexicalScore: topOfAll };
    return { found: foundByAll, evidence: alone, withSubject: { ...alone, ...ofAll } };
  }

  /** By our own count of words, where the store's is not to be relied on. */
  async function lexicalScoreOf({ topLexical, topLexicalScore }: VectorSearchResult, query: VectorQuery) {
    return topLexical ? lexicalScore(query.sparse, topLexical, await chunkCount()) : topLexicalScore;
  }

  async function findMeaning(
    question: Question,
    { languages, signal }: { languages: string[]; signal: AbortSignal },
  ): Promise<Float32Array | null> {
    if (!mayMean(question, languages) || (!isRemembered(question.meaning) && !mayEmbed())) return null;
    return embedQuestion(question.meaning, signal);
  }

  async function nearnessOf(
    { topDenseScore }: VectorSearchResult,
    audience: readonly string[],
    dense: Float32Array | null,
  ): Promise<number> {
    if (!dense) return 0;
    const unrelated = await unrelatedNearness(audience);
    return (topDenseScore - unrelated) / (1 - unrelated);
  }

  function mayMean(question: Question, languages: string[]): boolean {
    return languages.some((language) => knowsLanguage(embedder, language)) && mayKnowQuestion(embedder, question.last);
  }

  return {
    search,

    async retrieve({ turns, viewer, signal }): Promise<RetrievalResult> {
      signal.throwIfAborted();
      const nothing = { passages: [], confidence: 0 };
      if (!needsDocuments(turns)) return { outcome: 'not_needed', ...nothing };
      try {
        const { chunks, confidence } = await search({ turns, viewer, signal, limit: ANSWER_CANDIDATES });
        const passages = toPassages(chunks);
        if (confidence >= CONFIDENCE_THRESHOLD) return { outcome: 'found', passages, confidence };
        return {
          outcome: 'not_in_documents',
          passages: [],
          ...(passages.length > 0 && { doubtful: passages }),
          confidence,
        };
      } catch (error) {
        signal.throwIfAborted();
        const known = error instanceof AppError;
        logger[known ? 'warn' : 'error']({ err: error }, 'the documents could not be searched');
        return { outcome: 'unavailable', ...nothing };
      }
    },
  };
}

/** What passages are held against: the question with what it is about, where it does not say so itself. */
function toCovered({ last, subject }: Question): string {
  return [last, ...subject.filter(({ weight }) => weight >= NAMED).map(({ text }) => text)].join(' ');
}

function toPassages(chunks: SearchedChunk[]): Passage[] {
  const distinct = withoutNearDuplicates(chunks, (chunk) => shinglesOf(chunk.text), { atMost: MOST_PASSAGES });
  let characters = 0;
  const fitting = distinct.filter((chunk, index) => {
    characters += chunk.text.length;
    return index === 0 || characters <= MOST_CHARACTERS;
  });
  return fitting.map(({ id, title, headings, url, text, score }, index) => ({
    n: index + 1,
    chunkId: id,
    title,
    headings,
    url,
    text,
    score,
  }));
}
