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
 */
export function createVisitorStore(server: string): VisitorStore {
  const key = `parley:${server}`;
  let inMemory: Visitor | null = null;
  return {
    read() {
      try {
        const visitor = JSON.parse(localStorage.getItem(key) ?? 'null');
        return typeof visitor?.token === 'string' ? visitor : inMemory;
      } catch {
        return inMemory;
      }
    },
    write(visitor) {
      inMemory = visitor;
      try {
        localStorage.setItem(key, JSON.stringify(visitor));
      } catch {
        // Forbidden or full: the copy in memory has to do.
      }
    },
  };
}
