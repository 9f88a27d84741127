import { ParleyChat } from '../chat-widget.ts';
import type { Visitor, VisitorStore } from '../visitor-store.ts';
import { memberAccess } from './member-call.ts';

/** The chat on our own page, for whoever is logged in there. */
export class MemberChat extends ParleyChat {
  static override properties = { ...ParleyChat.properties, member: {} };

  /** The member's id. */
  declare member: string;

  protected override identify(server: string) {
    return { visitors: createMemberStore(toKey(server, this.member)), access: memberAccess };
  }
}

/** Makes this the chat to come back to. */
export function rememberChat({
  server,
  member,
  sessionId,
}: {
  server: string;
  member: string;
  sessionId: string;
}): void {
  createMemberStore(toKey(server, member)).write({ token: '', expiresAt: '', sessionId });
}

function toKey(server: string, member: string): string {
  return `parley:${server}:${member}`;
}

/** Of a member only the chat to come back to is kept: who they are, the cookie says. */
function createMemberStore(key: string): VisitorStore {
  let sessionId = readText(key);
  return {
    read: (): Visitor => ({ token: '', expiresAt: '', sessionId }),
    write(visitor) {
      sessionId = visitor.sessionId;
      try {
        localStorage.setItem(key, sessionId ?? '');
      } catch {
        // Forbidden or full: it is known as long as the page is open.
      }
    },
  };
}

function readText(key: string): string | undefined {
  try {
    return localStorage.getItem(key) || undefined;
  } catch {
    return undefined;
  }
}
