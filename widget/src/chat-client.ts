import { callApi, toJson } from './api-call.ts';
import { ChatError, toChatError } from './chat-error.ts';
import { readEventStream } from './event-stream.ts';
import type { Access } from './visitor-access.ts';
import type { Rating, Source, WireFrame, WireMessage, WirePage, WireSession } from './wire.ts';

export type AnswerEvent =
  | { type: 'sources'; sources: Source[] }
  | { type: 'delta'; text: string }
  | { type: 'done'; question: WireMessage; answer: WireMessage };

export type ChatClient = ReturnType<typeof createChatClient>;

/** Silence after which a stream counts as dead. The server gives up a silent model far earlier and says so. */
const IDLE_TIMEOUT_MS = 90_000;
const PAGE_SIZE = 100;

/**
 * Everything the widget says to a Parley server. Failures are `ChatError`s.
 * @param server base address, ending in a slash
 */
export function createChatClient({
  server,
  access,
  idleTimeoutMs = IDLE_TIMEOUT_MS,
}: {
  server: string;
  access: Access;
  idleTimeoutMs?: number;
}) {
  const request = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const send = async (isRefused: boolean) => {
      const asker = await access.authorize(isRefused);
      return callApi(server, path, { ...asker, ...init, headers: { ...init.headers, ...asker.headers } });
    };
    let response = await send(false);
    if (response.status === 401) response = await send(true);
    if (!response.ok) throw await toChatError(response);
    return response;
  };

  const listAll = async <Item>(path: string): Promise<Item[]> => {
    const items: Item[] = [];
    let cursor: string | null = null;
    do {
      const from: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
      const page: WirePage<Item> = await (await request(`${path}?limit=${PAGE_SIZE}${from}`)).json();
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor);
    return items;
  };

  const postJson = (path: string, body: unknown, init: RequestInit = {}) =>
    request(path, { ...init, method: 'POST', body: toJson(body) });

  return {
    /** It is named after its first question. */
    async createSession(): Promise<WireSession> {
      return (await postJson('sessions', {})).json();
    },

    /** All chats, most recently used first. */
    listSessions: () => listAll<WireSession>('sessions'),

    async deleteSession(id: string): Promise<void> {
      await request(`sessions/${id}`, { method: 'DELETE' });
    },

    /** All messages of a chat, oldest first. */
    listMessages: (sessionId: string) => listAll<WireMessage>(`sessions/${sessionId}/messages`),

    async deleteMessage(id: string): Promise<void> {
      await request(`messages/${id}`, { method: 'DELETE' });
    },

    async rate(messageId: string, rating: Rating, reason?: string): Promise<void> {
      await postJson(`messages/${messageId}/feedback`, reason ? { rating, reason } : { rating });
    },

    /**
     * Asks, and streams the answer; ends after `done`. Aborting `signal` closes the connection, which stops the model.
     *
     * No Idempotency-Key is sent, on purpose. With one, the server would go on answering for a client that is gone:
     * good against a dropped connection, but then Stop would stop nothing, the next question would wait behind the
     * unwanted answer, and the team would pay for it. Without one, what became of a question whose connection
     * dropped is read from the history (conversation.ts), so it is still never asked twice.
     */
    ask: (sessionId: string, text: string, signal: AbortSignal) =>
      streamAnswer(`sessions/${sessionId}/messages`, { text }, signal),

    /** Goes on with an answer that its length limit cut: what comes is added to it, until `done` has the whole. */
    goOn: (messageId: string, signal: AbortSignal) => streamAnswer(`messages/${messageId}/continue`, {}, signal),
  };

  async function* streamAnswer(path: string, body: unknown, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
    const idle = new AbortController();
    let timer = setTimeout(() => idle.abort(), idleTimeoutMs);
    try {
      const response = await postJson(path, body, {
        headers: { accept: 'text/event-stream' },
        signal: AbortSignal.any([signal, idle.signal]),
      });
      if (!response.body) throw new ChatError('dropped', '');
      for await (const { event, data } of readEventStream(response.body)) {
        clearTimeout(timer);
        timer = setTimeout(() => idle.abort(), idleTimeoutMs);
        const answerEvent = data ? toAnswerEvent(event, JSON.parse(data)) : null;
        if (answerEvent) yield answerEvent;
        if (answerEvent?.type === 'done') return;
      }
      throw new ChatError('dropped', '');
    } catch (error) {
      throw error instanceof ChatError ? error : new ChatError('dropped', '', { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}

function toAnswerEvent(event: string, data: WireFrame): AnswerEvent | null {
  if (event === 'sources') return { type: event, sources: data.sources };
  if (event === 'delta') return { type: event, text: data.text };
  if (event === 'done') return { type: event, question: data.user_message, answer: data.ai_response };
  if (event === 'error') throw new ChatError(data.error.code, data.error.message);
  return null;
}
