import type { ChatModel, ModelEvent, ModelRequest, Passage } from '../ports/chat-model.ts';
import { toAsked } from '../quotes/asked.ts';
import { chooseQuotes } from '../quotes/choose-quotes.ts';
import { showQuote } from '../quotes/show-quotes.ts';

const NAME = 'quotes';
const THANKS = /^\W*(?:thanks|thank you|thx|danke|merci|gracias|obrigad[oa]|grazie)\b/i;

const NOTE = '*Quoted from the documents: no language model is set up.*';
const ONLY_QUOTES = '*I can only quote the documents: no language model is set up.*';
const NOT_IN_DOCUMENTS = `The documents do not answer this. Try other words, or ask about something they cover.\n\n${ONLY_QUOTES}`;
const UNAVAILABLE =
  'The documents cannot be searched right now, so I cannot answer this. Please try again in a moment.';
const INVITATION = `Ask me something, and I will show you what the documents say about it.\n\n${ONLY_QUOTES}`;

/**
 * Stands in for a language model: it answers with what the passages say about the question, copied out with its
 * headings and numbers. It invents nothing, and says that it quotes.
 */
export function createQuotingModel(): ChatModel {
  return {
    name: NAME,
    contextTokens: 32_000,
    maxOutputTokens: 1000,
    costsNothing: true,
    quote: quotePassages,

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

function toAnswer(request: ModelRequest): string {
  const { outcome, passages } = isQuoted(request) ? request : quotePassages(request);
  if (outcome === 'not_needed')
    return `${THANKS.test(questionsOf(request).question) ? 'You are welcome!' : 'Hello!'} ${INVITATION}`;
  if (outcome === 'unavailable') return UNAVAILABLE;
  if (passages.length === 0) return NOT_IN_DOCUMENTS;
  return `${passages.flatMap(({ quote }) => quote || []).join('\n\n')}\n\n${NOTE}`;
}

function isQuoted({ passages }: ModelRequest): boolean {
  return passages.some(({ quote }) => quote !== undefined);
}

function quotePassages(request: ModelRequest): ModelRequest {
  if (request.outcome === 'not_needed' || request.outcome === 'unavailable') return request;
  const { question, earlier } = questionsOf(request);
  const quotes = chooseQuotes(request.passages, toAsked(question, earlier), request.confidence);
  const quoted = [...new Set(quotes.flatMap((quote) => quote.passages))];
  const numberOf = (passage: Passage) => quoted.indexOf(passage) + 1;
  const passages = quoted.map((passage) => {
    const shown = quotes.filter((quote) => quote.passages[0] === passage);
    const quote = shown.map((each) => showQuote(each, each.passages.map(numberOf))).join('\n\n');
    return { ...passage, n: numberOf(passage), quote };
  });
  return { ...request, passages, outcome: passages.length > 0 ? 'found' : 'not_in_documents' };
}

function questionsOf({ messages }: ModelRequest): { question: string; earlier: string } {
  const asked = messages.flatMap(({ role, content }) => (role === 'user' ? [content] : []));
  return { question: asked.at(-1) ?? '', earlier: asked.at(-2) ?? '' };
}
