import OpenAI from 'openai';
import { AppError } from '../errors.ts';
import { toModelError } from './openai-errors.ts';

/** How servers say that they do not know this route. */
const NOT_LISTING: ReadonlySet<number | undefined> = new Set([400, 404, 405, 501]);
/** More than any gateway has. */
const MOST_PAGES = 20;
/** Where lists stand, by server. */
const LISTS = ['data', 'models', 'items', 'result', 'results'];
const NAMES = ['id', 'name', 'model', 'slug'];

interface Page {
  names: string[];
  /** What to ask for the next page with; null for the last. */
  next: Record<string, string> | null;
}

/**
 * The names of the models that a server lists, over all its pages, in whichever shape it lists them.
 * @returns null for a server that does not list: that is no fault
 * @throws AppError `model_*`, and `unreadable_document` for what is no list
 */
export async function listModels(client: OpenAI, options: { timeoutMs: number }): Promise<string[] | null> {
  const signal = AbortSignal.timeout(options.timeoutMs);
  const names = new Set<string>();
  let query: Record<string, string> | null = {};
  for (let page = 0; query !== null && page < MOST_PAGES; page++) {
    const sent = await ask(client, query, { signal, timeout: options.timeoutMs });
    if (sent === null) return page === 0 ? null : [...names];
    const read = readPage(sent);
    const known = names.size;
    for (const name of read.names) names.add(name);
    // A server that does not know how pages are asked for gives the first one for ever.
    query = names.size > known ? read.next : null;
  }
  return [...names];
}

async function ask(client: OpenAI, query: Record<string, string>, options: { signal: AbortSignal; timeout: number }) {
  try {
    return await client.get<unknown>('/models', { query, ...options });
  } catch (cause) {
    if (cause instanceof OpenAI.APIError && NOT_LISTING.has(cause.status) && !isAboutKey(cause)) return null;
    if (cause instanceof SyntaxError) throw noList(cause);
    throw toModelError(cause, { hasStarted: false, timedOut: false });
  }
}

/** Some answer 400 to a key that is wrong. */
function isAboutKey(cause: unknown): boolean {
  return toModelError(cause, { hasStarted: false, timedOut: false }).code === 'model_key_invalid';
}

function readPage(sent: unknown): Page {
  const fields = (typeof sent === 'object' && sent !== null ? sent : {}) as Record<string, unknown>;
  const list = Array.isArray(sent) ? sent : LISTS.map((name) => fields[name]).find(Array.isArray);
  // Without any model, some send null.
  if (!list && LISTS.some((name) => fields[name] === null)) return { names: [], next: null };
  if (!list) throw noList(new Error('there is no list'));
  return { names: list.flatMap(nameOf), next: nextOf(fields) };
}

function nameOf(listed: unknown): string[] {
  if (typeof listed === 'string') return listed === '' ? [] : [listed];
  if (typeof listed !== 'object' || listed === null) return [];
  const name = NAMES.map((field) => (listed as Record<string, unknown>)[field]).find(
    (value) => typeof value === 'string' && value !== '',
  );
  return typeof name === 'string' ? [name] : [];
}

function nextOf(page: Record<string, unknown>): Record<string, string> | null {
  const { has_more: hasMore, last_id: lastId, next } = page;
  if (hasMore === true && typeof lastId === 'string') return { after_id: lastId, after: lastId };
  const named = { page_token: page.next_page_token, pageToken: page.nextPageToken, cursor: page.next_cursor };
  const [token] = Object.entries(named).filter(([, value]) => typeof value === 'string' && value !== '');
  if (token) return { [token[0]]: String(token[1]) };
  // The address of the next page, of which only what it asks for is taken: it leads to no other server.
  if (typeof next !== 'string' || !URL.canParse(next, 'http://here')) return null;
  const asked = Object.fromEntries(new URL(next, 'http://here').searchParams);
  return Object.keys(asked).length > 0 ? asked : null;
}

function noList(cause: unknown): AppError {
  return new AppError('unreadable_document', 'It answers in another language.', { cause });
}
