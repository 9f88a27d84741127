/** What is kept of a visitor: a short-lived token, and the chat to come back to. */
export interface Visitor {
  token: string;
  expiresAt: string;
  sessionId?: string | undefined;
}

export interface VisitorStore {
  read(): Visitor | null;
  write(visitor: Visitor): void;
}

/**
 * Keeps the visitor in localStorage, one per server, so that two widgets of two servers on one page stay apart.
 * It is read anew each time because another tab may have renewed the token. Where storage is forbidden (sandboxed
 * frames, private modes), the visitor lives as long as the page.
 * @param subject which of the website's users it is for. What is kept of another of them is nobody's here; what is
 * kept of an anonymous visitor is taken over.
 */
export function createVisitorStore(server: string, subject: string | undefined): VisitorStore {
  const key = toKey(server);
  // Of a website's user there may be chats from another browser; of a new anonymous visitor there is nothing to ask for.
  let inMemory: Visitor | null = subject ? { token: '', expiresAt: '' } : null;
  return {
    read() {
      try {
        const visitor = JSON.parse(localStorage.getItem(key) ?? 'null');
        const isMine = !visitor.subject || visitor.subject === subject;
        return isMine && visitor.token ? visitor : inMemory;
      } catch {
        return inMemory;
      }
    },
    write(visitor) {
      inMemory = visitor;
      try {
        localStorage.setItem(key, JSON.stringify({ ...visitor, subject }));
      } catch {
        // Forbidden or full: the copy in memory has to do.
      }
    },
  };
}

export function forgetVisitor(server: string): void {
  localStorage.removeItem(toKey(server));
}

function toKey(server: string): string {
  return `parley:${server}`;
}

/** Whom a website's token names, only to keep apart what is stored: the server alone decides who it is. */
export function subjectOf(userToken: string): string | undefined {
  try {
    return JSON.parse(atob((userToken.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/'))).sub;
  } catch {
    return undefined;
  }
}
