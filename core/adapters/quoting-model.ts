import { type QuotableUnit, toQuotableUnits } from '../models/quotable-units.ts';
import type { ChatModel, ModelEvent, ModelRequest, Passage } from '../ports/chat-model.ts';
import { termsOf } from '../retrieval/sparse-encoding.ts';
import { tokenize } from '../retrieval/tokenize.ts';

const NAME = 'quotes';
const MOST_UNITS = 5;
const MOST_CHARACTERS = 900;
/** Weaker sentences than this share of the best one would only distract. */
const WEAKEST_SHARE = 0.5;
/** A word of the question in the headings above a unit says what it is about, but is not in it. */
const ABOVE_SHARE = 0.5;
/** Passages come best first: the same words count for a little more in an earlier one. */
const RANK_DISCOUNT = 0.12;
/** Words of the question before the last say what "it" is, but not what is asked about it. */
const EARLIER_SHARE = 0.3;
/** Found by meaning alone: no word tells which sentence it was, and the first ones say most. */
const MOST_UNITS_BY_MEANING = 2;
const THANKS = /^\W*(?:thanks|thank you|thx|danke|merci|gracias|obrigad[oa]|grazie)\b/i;
const LANGUAGES = ['en', 'de', 'fr', 'es'];

const NOTE = '*Quoted from the documents: no language model is set up.*';
const ONLY_QUOTES = '*I can only quote the documents: no language model is set up.*';
const NOT_IN_DOCUMENTS = `The documents do not answer this. Try other words, or ask about something they cover.\n\n${ONLY_QUOTES}`;
const UNAVAILABLE =
  'The documents cannot be searched right now, so I cannot answer this. Please try again in a moment.';
const INVITATION = `Ask me something, and I will show you what the documents say about it.\n\n${ONLY_QUOTES}`;

interface Quote {
  passage: Passage;
  unit: QuotableUnit;
  /** Position of the unit within its passage. */
  at: number;
  score: number;
}

/**
 * Stands in for a language model: it answers with the sentences of the passages that share most with the question,
 * each with its number. It invents nothing, and says that it quotes.
 */
export function createQuotingModel(): ChatModel {
  return {
    name: NAME,
    contextTokens: 32_000,
    maxOutputTokens: 1000,
    costsNothing: true,

    async *stream(request: ModelRequest, { signal }: { signal: AbortSignal }): AsyncGenerator<ModelEvent> {
      for (const text of toAnswer(request).match(/[^\n]*\n*/g) ?? []) {
        signal.throwIfAborted();
        if (text !== '') yield { type: 'delta', text };
      }
      // Nothing was spent: quoting costs no tokens.
      yield { type: 'finish', reason: 'stop', model: NAME, usage: { inputTokens: 0, outputTokens: 0 } };
    },

    async check() {},
  };
}

function toAnswer({ passages, messages, outcome }: ModelRequest): string {
  const [question = '', earlier = ''] = messages
    .flatMap(({ role, content }) => (role === 'user' ? [content] : []))
    .reverse();
  if (outcome === 'not_needed') return `${THANKS.test(question) ? 'You are welcome!' : 'Hello!'} ${INVITATION}`;
  if (outcome === 'unavailable') return UNAVAILABLE;
  const quotes = chooseQuotes(passages, toAsked(question, earlier));
  if (quotes.length === 0) return NOT_IN_DOCUMENTS;
  return `${quotes.map(showQuote).join('\n\n')}\n\n${NOTE}`;
}

/** The best units in reading order: by passage, then by place within it. */
function chooseQuotes(passages: Passage[], asked: Asked): Quote[] {
  const candidates = passages.flatMap((passage) =>
    toQuotableUnits(passage.text).map((unit, at) => ({ passage, unit, at, score: 0 })),
  );
  scoreAll(candidates, asked);
  const ranked = candidates.toSorted((a, b) => b.score - a.score);
  const best = ranked[0]?.score ?? 0;
  if (best === 0) return candidates.slice(0, MOST_UNITS_BY_MEANING);
  const chosen = new Set<Quote>();
  let characters = 0;
  for (const quote of ranked) {
    if (chosen.size >= MOST_UNITS || quote.score < best * WEAKEST_SHARE) break;
    if ([...chosen].some(({ unit }) => unit.plain === quote.unit.plain)) continue;
    const group = [quote, ...followers(quote, candidates)].filter((each) => !chosen.has(each));
    const length = group.reduce((sum, each) => sum + each.unit.text.length, 0);
    if (chosen.size > 0 && characters + length > MOST_CHARACTERS) continue;
    characters += length;
    for (const each of group) chosen.add(each);
  }
  return candidates.filter((quote) => chosen.has(quote));
}

/** The terms looked for, with what each counts. */
type Asked = Map<string, number>;

function toAsked(question: string, earlier: string): Asked {
  const asked: Asked = new Map();
  for (const [text, weight] of [
    [earlier, EARLIER_SHARE],
    [question, 1],
  ] as const) {
    for (const term of termsIn(text)) asked.set(term, weight);
  }
  return asked;
}

function termsIn(text: string): string[] {
  return tokenize(text).flatMap((word) => [...termsOf(word, LANGUAGES)]);
}

/** Rare words tell more than common ones, and a long unit has more chances to contain any. */
function scoreAll(candidates: Quote[], asked: Asked): void {
  const found = candidates.map(({ unit, passage }) => {
    const above = [passage.title, ...passage.headings].join(' ');
    return { own: new Set(termsIn(unit.plain)), above: new Set(termsIn(above)), length: tokenize(unit.plain).length };
  });
  const rarity = (term: string) =>
    Math.log(1 + candidates.length / (1 + found.filter(({ own }) => own.has(term)).length));
  const ranks = [...new Set(candidates.map(({ passage }) => passage.n))];
  for (const [index, quote] of candidates.entries()) {
    const match = found[index];
    if (!match) continue;
    let score = 0;
    for (const [term, weight] of asked) {
      if (match.own.has(term)) score += rarity(term) * weight;
      else if (match.above.has(term)) score += rarity(term) * weight * ABOVE_SHARE;
    }
    const brevity = 1 / Math.sqrt(Math.max(match.length, 8));
    quote.score = score * brevity * (1 - RANK_DISCOUNT * ranks.indexOf(quote.passage.n));
  }
}

/** "Run this:" is nothing without what follows. */
function followers(quote: Quote, candidates: Quote[]): Quote[] {
  const next = candidates.find(({ passage, at }) => passage === quote.passage && at === quote.at + 1);
  const isIntroduction =
    quote.unit.kind === 'sentence' && (quote.unit.text.endsWith(':') || next?.unit.kind === 'block');
  return isIntroduction && next ? [next] : [];
}

function showQuote({ unit, passage }: Quote): string {
  const mark = `[${passage.n}]`;
  if (unit.kind === 'block') return `${unit.text}\n\n${mark}`;
  return `${unit.text} ${mark}`;
}
