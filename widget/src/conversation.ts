import type { AnswerEvent, ChatClient } from './chat-client.ts';
import { ChatError } from './chat-error.ts';
import { findOutcome } from './find-outcome.ts';
import type { VisitorStore } from './visitor-store.ts';
import type { Rating, Source, WireMessage, WireSession } from './wire.ts';

export const MAX_MESSAGE_CHARACTERS = 4000;

/** `cut` by its length limit, it can go on; `waiting` until the first word; `lost` while the connection is gone and the outcome is not known. */
export type EntryStatus = 'waiting' | 'streaming' | 'lost' | 'complete' | 'cut' | 'stopped' | 'interrupted' | 'failed';

/** One line of the conversation as it is shown. */
export interface Entry {
  /** Stays the same from the first word to the stored message. */
  key: number;
  /** The server's id; unknown while the answer is being written. */
  id?: string | undefined;
  role: 'user' | 'assistant';
  content: string;
  status: EntryStatus;
  sources: Source[];
  hasSearched: boolean;
  error?: ChatError | undefined;
  rating?: Rating | undefined;
}

export interface ConversationState {
  entries: Entry[];
  /** What stands in the text box; a question that could not be sent comes back here. */
  draft: string;
  isLoading: boolean;
  /** Why the last question was not sent, or the last command did not work. */
  notice: ChatError | null;
  /** When asking is allowed again, in milliseconds since 1970; 0 for now. */
  blockedUntil: number;
  sessions: WireSession[] | null;
}

export interface ConversationOptions {
  client: ChatClient;
  visitors: VisitorStore;
  isOnline: () => boolean;
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
  onChange: () => void;
  onQuestion: (text: string) => void;
  onAnswer: (answer: Entry) => void;
  onError: (error: ChatError) => void;
}

export type Conversation = ReturnType<typeof createConversation>;

const RECONNECT_WAITS_MS = [1000, 2000, 3000, 5000, 5000, 10_000, 10_000, 15_000, 15_000];

/** One chat of one visitor: what is shown, and what can be done. Knows nothing of the page it is shown on. */
export function createConversation({ client, visitors, isOnline, wait, ...on }: ConversationOptions) {
  const state: ConversationState = {
    entries: [],
    draft: '',
    isLoading: false,
    notice: null,
    blockedUntil: 0,
    sessions: null,
  };
  let sessionId = visitors.read()?.sessionId ?? null;
  let running: AbortController | null = null;

  const change = (part: Partial<ConversationState> = {}) => {
    Object.assign(state, part);
    on.onChange();
  };

  const enterSession = (id: string | null) => {
    sessionId = id;
    const visitor = visitors.read();
    if (visitor) visitors.write({ ...visitor, sessionId: id ?? undefined });
  };

  const report = (error: unknown) => {
    const known = error instanceof ChatError ? error : new ChatError('unknown', '', { cause: error });
    const blockedUntil = known.status === 429 ? Date.now() + (known.retryAfterSeconds ?? 10) * 1000 : 0;
    change({ notice: known, blockedUntil });
    on.onError(known);
  };

  const updateLast = (part: Partial<Entry>) => {
    const last = state.entries.length - 1;
    change({ entries: state.entries.map((entry, at) => (at === last ? { ...entry, ...part } : entry)) });
  };

  const settle = (question: WireMessage, answer: WireMessage) => {
    const keys = state.entries.slice(-2).map(({ key }) => ({ key }));
    const settled = [question, answer].map((message, at) => ({ ...toEntry(message), ...keys[at] }));
    change({ entries: [...state.entries.slice(0, -2), ...settled] });
    on.onAnswer(toEntry(answer));
  };

  /** Takes the question out of the conversation and puts it back where it was written. */
  const giveBack = (text: string, error: unknown) => {
    change({ entries: state.entries.slice(0, -2), draft: [text, state.draft].filter(Boolean).join('\n') });
    report(error);
  };

  const openSession = async (): Promise<string> => {
    const id = sessionId ?? (await client.createSession()).id;
    if (id !== sessionId) enterSession(id);
    return id;
  };

  const stream = async (text: string, signal: AbortSignal): Promise<void> =>
    showAll(client.ask(await openSession(), text, signal), signal);

  const showAll = async (events: AsyncIterable<AnswerEvent>, signal: AbortSignal): Promise<void> => {
    for await (const event of events) {
      if (signal.aborted) return;
      const answer = state.entries.at(-1);
      if (event.type === 'sources') updateLast({ sources: event.sources, hasSearched: true });
      if (event.type === 'delta') updateLast({ content: `${answer?.content}${event.text}`, status: 'streaming' });
      if (event.type === 'done') settle(event.question, event.answer);
    }
  };

  /**
   * The connection is gone and nobody knows whether the question arrived: the history tells. Waits for the network
   * and for the answer, within reason; after that the question keeps standing there with a button to try again.
   */
  const recover = async (text: string, error: ChatError, knownIds: Set<string>, signal: AbortSignal): Promise<void> => {
    updateLast({ status: 'lost' });
    for (const ms of RECONNECT_WAITS_MS) {
      await wait(ms, signal);
      if (signal.aborted || !sessionId) return;
      const messages = await client.listMessages(sessionId).catch(() => null);
      if (!messages || signal.aborted) continue;
      const { question, answer } = findOutcome(messages, text, knownIds);
      if (!question) return giveBack(text, error);
      if (answer) return settle(question, answer);
      if (error.code !== 'dropped' && error.code !== 'unreachable') break;
    }
    if (signal.aborted) return;
    updateLast({ status: 'failed', error });
    on.onError(error);
  };

  const handleFailure = async (text: string, error: ChatError, knownIds: Set<string>, signal: AbortSignal) => {
    if (error.code === 'session_not_found') {
      // Deleted elsewhere, or the visitor's token grew too old to be renewed: go on in a new chat.
      enterSession(null);
      return stream(text, signal);
    }
    const isRefused = error.status >= 400 && error.status < 500 && !error.code.startsWith('model_');
    if (isRefused || !sessionId) return giveBack(text, error);
    const isToldByServer = error.status === 0 && error.code !== 'dropped' && error.code !== 'unreachable';
    if (!isToldByServer) return recover(text, error, knownIds, signal);
    updateLast({ status: 'failed', error });
    on.onError(error);
  };

  /** Runs what ends in an answer to `text`, or in the words for why there is none; Stop aborts its signal. */
  const run = async (text: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    const control = new AbortController();
    running = control;
    try {
      await work(control.signal);
    } catch (error) {
      if (!control.signal.aborted) giveBack(text, error);
    } finally {
      if (running === control) running = null;
      change();
    }
  };

  const send = (text: string): Promise<void> => {
    const knownIds = idsOf(state.entries);
    change({ entries: [...state.entries, newEntry('user', text), newEntry('assistant', '')], notice: null });
    return run(text, (signal) =>
      stream(text, signal).catch((error) => {
        if (!signal.aborted) return handleFailure(text, error, knownIds, signal);
      }),
    );
  };

  /** A chat that ends in a question is being answered still, or was left in the middle of the answer. */
  const awaitAnswer = (question: Entry): Promise<void> => {
    const knownIds = idsOf(state.entries.slice(0, -1));
    change({ entries: [...state.entries, newEntry('assistant', '')] });
    const error = new ChatError('dropped', '');
    return run(question.content, (signal) => recover(question.content.trim(), error, knownIds, signal));
  };

  const stop = () => {
    if (!running) return;
    running.abort();
    running = null;
    updateLast({ status: 'stopped' });
  };

  const show = async (id: string | null): Promise<void> => {
    stop();
    enterSession(id);
    change({ entries: [], notice: null, sessions: null, isLoading: id !== null });
    if (!id) return;
    try {
      const messages = await client.listMessages(id);
      if (sessionId !== id) return;
      change({ entries: messages.map(toEntry), isLoading: false });
      const last = state.entries.at(-1);
      if (last?.role === 'user') await awaitAnswer(last);
    } catch (error) {
      if (sessionId !== id) return;
      change({ isLoading: false });
      if (error instanceof ChatError && error.code === 'session_not_found') enterSession(null);
      else report(error);
    }
  };

  return {
    state,

    isBusy: (): boolean => running !== null,

    setDraft(draft: string): void {
      change({ draft });
    },

    /** Asks; a question that cannot be sent now stays in, or comes back to, the draft with a notice. */
    async ask(text: string): Promise<void> {
      const question = text.trim();
      if (!question || question.length > MAX_MESSAGE_CHARACTERS || running || Date.now() < state.blockedUntil) return;
      if (!isOnline()) return report(new ChatError('offline', ''));
      if (state.draft.trim() === question) change({ draft: '' });
      on.onQuestion(question);
      await send(question);
    },

    /** Stops the answer; what has been written of it stays. */
    stop,

    /**
     * Asks the last question again in place of its unfinished answer. Both are first removed from the chat, so that
     * neither the person nor the model sees them twice; should the answer have been finished meanwhile, it is shown.
     */
    async retry(): Promise<void> {
      const [question, answer] = state.entries.slice(-2);
      if (running || question?.role !== 'user' || !answer || !sessionId) return;
      if (!isOnline()) return report(new ChatError('offline', ''));
      try {
        const knownIds = idsOf(state.entries.slice(0, -2));
        const stored = findOutcome(await client.listMessages(sessionId), question.content.trim(), knownIds);
        const isWanted = answer.error?.code === 'dropped' || answer.error?.code === 'unreachable';
        if (isWanted && stored.question && stored.answer?.status === 'complete') {
          return settle(stored.question, stored.answer);
        }
        if (stored.answer) await client.deleteMessage(stored.answer.id);
        if (stored.question) await client.deleteMessage(stored.question.id);
      } catch (error) {
        return report(error);
      }
      change({ entries: state.entries.slice(0, -2) });
      await send(question.content);
    },

    /** Goes on with the last answer where its length limit cut it; it is as before when that does not work. */
    async goOn(): Promise<void> {
      const cut = state.entries.at(-1);
      if (running || !cut?.id) return;
      const { id } = cut;
      updateLast({ status: 'streaming' });
      await run('', (signal) =>
        showAll(client.goOn(id, signal), signal).catch((error) => {
          if (signal.aborted) return;
          updateLast(cut);
          report(error);
        }),
      );
    },

    async rate(entry: Entry, rating: Rating, reason?: string): Promise<void> {
      if (!entry.id) return;
      change({ entries: state.entries.map((other) => (other.id === entry.id ? { ...other, rating } : other)) });
      await client.rate(entry.id, rating, reason).catch(report);
    },

    dismissNotice(): void {
      change({ notice: null });
    },

    /** Shows the chat of the last visit, if there is one. A first visitor costs no request. */
    resume: (): Promise<void> => (sessionId ? show(sessionId) : Promise.resolve()),

    startNew: (): Promise<void> => show(null),

    show,

    async listSessions(): Promise<void> {
      if (!visitors.read()) return change({ sessions: [] });
      await client.listSessions().then((sessions) => change({ sessions, notice: null }), report);
    },

    closeSessions(): void {
      change({ sessions: null });
    },

    async deleteSession(id: string): Promise<void> {
      try {
        await client.deleteSession(id);
      } catch (error) {
        return report(error);
      }
      const sessions = state.sessions?.filter((session) => session.id !== id) ?? null;
      if (id === sessionId) await show(null);
      change({ sessions });
    },
  };
}

function idsOf(entries: Entry[]): Set<string> {
  return new Set(entries.flatMap((entry) => entry.id ?? []));
}

function newEntry(role: Entry['role'], content: string): Entry {
  const status = role === 'user' ? 'complete' : 'waiting';
  return { key: Math.random(), role, content, status, sources: [], hasSearched: false };
}

function toEntry({ id, role, content, status, sources, cut }: WireMessage): Entry {
  return {
    key: Math.random(),
    id,
    role,
    content,
    status: cut ? 'cut' : status,
    sources: sources ?? [],
    hasSearched: true,
  };
}
