import { countTokensRemembered, mostTokens } from '../models/count-tokens.ts';
import { IMAGE_TOKENS } from '../models/image-tokens.ts';

interface ContentPart {
  type: string;
  [field: string]: unknown;
}

/** A chat completion in the words of OpenAI's interface; what is not named here is the server's to understand. */
export interface CompletionRequest {
  model: string;
  messages: { role: string; content?: string | ContentPart[] | null; [field: string]: unknown }[];
  stream?: boolean | null;
  stream_options?: { include_usage?: boolean | null; [field: string]: unknown } | null;
  max_tokens?: number | null;
  max_completion_tokens?: number | null;
  n?: number | null;
  [field: string]: unknown;
}

/** Around each message, for its role and separators. */
const MESSAGE_TOKENS = 4;
/** Other vocabularies than the one we count with need more tokens for the same text. */
const SAFETY_SHARE = 0.2;

/** Never less than the server counts, and almost free to know. */
export function mostInputTokens(request: CompletionRequest): number {
  return count(request, mostTokens);
}

/** Close to what the server counts, and not below it. */
export function carefulInputTokens(request: CompletionRequest): number {
  return Math.min(mostInputTokens(request), Math.ceil(countInputTokens(request) * (1 + SAFETY_SHARE)));
}

/** What the server counts, give or take a little; for servers that do not say. */
export function countInputTokens(request: CompletionRequest): number {
  return count(request, countTokensRemembered);
}

/** Settings of OpenAI's that change what a call costs, with the values for which the catalogue's prices hold. */
const PRICED: Record<string, readonly unknown[]> = { service_tier: ['auto', 'default'], web_search_options: [] };

/** The first field, if any, by which a call would cost another price than the catalogue's. */
export function findUnpriced(request: CompletionRequest): string | null {
  const fields = Object.entries(PRICED).filter(([field, values]) => {
    const value = request[field];
    return value !== undefined && value !== null && !values.includes(value);
  });
  return fields[0]?.[0] ?? null;
}

/** What was asked last, and the images with it: by these a model is chosen. */
export function lastQuestion({ messages }: CompletionRequest): { question: string; imageUrls: string[] } {
  const last = messages.findLast(({ role }) => role === 'user');
  if (typeof last?.content === 'string') return { question: last.content, imageUrls: [] };
  const parts = last?.content ?? [];
  return {
    question: parts.map(({ text }) => (typeof text === 'string' ? text : '')).join(''),
    imageUrls: messages.flatMap(({ content }) => (Array.isArray(content) ? content.flatMap(imageUrlOf) : [])),
  };
}

/** The conversation before the last question, as text. */
export function textHistory({ messages }: CompletionRequest): { role: 'user' | 'assistant'; content: string }[] {
  const last = messages.findLastIndex(({ role }) => role === 'user');
  return messages.slice(0, Math.max(last, 0)).flatMap(({ role, content }) => {
    if (role !== 'user' && role !== 'assistant') return [];
    return [{ role, content: typeof content === 'string' ? content : '' }];
  });
}

function count(request: CompletionRequest, countText: (text: string) => number): number {
  const { messages, tools, functions, response_format } = request;
  const rules = [tools, functions, response_format].filter((rule) => rule !== undefined && rule !== null);
  return messages.reduce(
    (sum, { content, ...rest }) =>
      sum + MESSAGE_TOKENS + countContent(content, countText) + countCalls(rest, countText),
    rules.reduce((sum: number, rule) => sum + countText(JSON.stringify(rule)), MESSAGE_TOKENS),
  );
}

function countContent(content: CompletionRequest['messages'][number]['content'], countText: (text: string) => number) {
  if (typeof content === 'string') return countText(content);
  return (content ?? []).reduce((sum, part) => {
    if (part.type === 'image_url') return sum + IMAGE_TOKENS;
    return sum + countText(typeof part.text === 'string' ? part.text : JSON.stringify(part));
  }, 0);
}

/** Tools that were called, and what else a message says beside its content. */
function countCalls({ role: _, ...rest }: Record<string, unknown>, countText: (text: string) => number): number {
  return Object.keys(rest).length === 0 ? 0 : countText(JSON.stringify(rest));
}

function imageUrlOf(part: ContentPart): string[] {
  const { url } = (part.type === 'image_url' ? (part.image_url ?? {}) : {}) as { url?: unknown };
  return typeof url === 'string' ? [url] : [];
}
