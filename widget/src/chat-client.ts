import { ChatError, toChatError } from './chat-error.ts';
import { readEventStream } from './event-stream.ts';
import type { VisitorStore } from './visitor-store.ts';
import type { Rating, Source, WireFrame, WireMessage, WirePage, WireSession, WireVisitor } from './wire.ts';

export type AnswerEvent =
  | { type: 'sources'; sources: Source[] }
  | { type: 'delta'; text: string }
  | { type: 'done'; question: WireMessage; answer: WireMessage };

export type ChatClient = ReturnType<typeof createChatClient>;

const REQUEST_TIMEOUT_MS = 20_000;
/** Silence after which a stream counts as dead. The server gives up a silent model far earlier and says so. */
const IDLE_TIMEOUT_MS = 90_000;
const RENEW_BEFORE_MS = 30_000;
const PAGE_SIZE = 100;

/**
 * Everything the widget says to a Parley server. Failures are `ChatError`s.
 * @param server base address, ending in a slash
 */
export function createChatClient({
  server,
  visitors,
  idleTimeoutMs = IDLE_TIMEOUT_MS,
}: {
  server: string;
  visitors: VisitorStore;
  idleTimeoutMs?: number;
}) {
  let pendingVisitor: Promise<string> | null = null;

  const call = async (path: string, init: RequestInit): Promise<Response> => {
    try {
      return await fetch(new URL(`api/${path}`, server), { credentials: 'omit', ...init });
    } catch (cause) {
      throw new ChatError('unreachable', '', { cause });
    }
  };

  /** Two requests that find the token expired must not make two visitors. */
  const renewVisitor = (): Promise<string> => {
    pendingVisitor ??= requestVisitor().finally(() => {
      pendingVisitor = null;
    });
    return pendingVisitor;
  };

  const requestVisitor = async (): Promise<string> => {
    const old = visitors.read();
    const post = (headers: Record<string, string>) =>
      call('visitors', { method: 'POST', headers, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    let response = await post(old ? { authorization: `Bearer ${old.token}` } : {});
    // Too old to be renewed: a new visitor, who cannot see the chats of the old one.
    const isRenewed = old !== null && response.status !== 401;
    if (old && !isRenewed) response = await post({});
    if (!response.ok) throw await toChatError(response);
    const { access_token, expires_at }: WireVisitor = await response.json();
    visitors.write({ token: access_token, expiresAt: expires_at, sessionId: isRenewed ? old.sessionId : undefined });
    return access_token;
  };

  const request = async (path: string, { headers, ...init }: RequestInit = {}): Promise<Response> => {
    const visitor = visitors.read();
    const isFresh = visitor && Date.parse(visitor.expiresAt) - Date.now() > RENEW_BEFORE_MS;
    const withToken = (token: string) =>
      call(path, {
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        ...init,
        headers: { ...headers, authorization: `Bearer ${token}` },
      });
    let response = await withToken(isFresh ? visitor.token : await renewVisitor());
    if (response.status === 401) response = await withToken(await renewVisitor());
    if (!response.ok) throw await toChatError(response);
    return response;
  };

  const postJson = (path: string, body: unknown, init: RequestInit = {}) =>
    request(path, {
      ...init,
      method: 'POST',
      headers: { ...init.headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  return {
    async createSession(title: string): Promise<WireSession> {
      return (await postJson('sessions', { title })).json();
    },

    /** The latest chats, newest first. */
    async listSessions(): Promise<WireSession[]> {
      const page: WirePage<WireSession> = await (await request(`sessions?limit=${PAGE_SIZE}`)).json();
      return page.items;
    },

    async deleteSession(id: string): Promise<void> {
      await request(`sessions/${id}`, { method: 'DELETE' });
    },

    /** All messages of a chat, oldest first. */
    async listMessages(sessionId: string): Promise<WireMessage[]> {
      const messages: WireMessage[] = [];
      let cursor: string | null = null;
      do {
        const from: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
        const response = await request(`sessions/${sessionId}/messages?limit=${PAGE_SIZE}${from}`);
        const page: WirePage<WireMessage> = await response.json();
        messages.push(...page.items);
        cursor = page.next_cursor;
      } while (cursor);
      return messages;
    },

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
    async *ask(sessionId: string, text: string, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
      const idle = new AbortController();
      let timer = setTimeout(() => idle.abort(), idleTimeoutMs);
      try {
        const response = await postJson(
          `sessions/${sessionId}/messages`,
          { text },
          {
            headers: { accept: 'text/event-stream' },
            signal: AbortSignal.any([signal, idle.signal]),
          },
        );
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
    },
  };
}

function toAnswerEvent(event: string, data: WireFrame): AnswerEvent | null {
  if (event === 'sources') return { type: event, sources: data.sources };
  if (event === 'delta') return { type: event, text: data.text };
  if (event === 'done') return { type: event, question: data.user_message, answer: data.ai_response };
  if (event === 'error') throw new ChatError(data.error.code, data.error.message);
  return null;
}
