import { callApi, toJson } from './api-call.ts';
import { toChatError } from './chat-error.ts';
import type { VisitorStore } from './visitor-store.ts';
import type { WireVisitor } from './wire.ts';

/** Says with each request who is asking. */
export interface Access {
  /** @param isRefused whether what it gave last was answered with 401 */
  authorize(isRefused: boolean): Promise<{ headers: Record<string, string>; credentials?: RequestCredentials }>;
}

const RENEW_BEFORE_MS = 30_000;

export interface VisitorAccessOptions {
  server: string;
  visitors: VisitorStore;
  /** Signed by the website for its own user; empty for an anonymous visitor. */
  userToken: () => string;
}

/** The access of a visitor, begun with the first request and renewed in time. */
export function createVisitorAccess({ server, visitors, userToken }: VisitorAccessOptions): Access {
  let pending: Promise<string> | null = null;
  /** What the token we have was given for. */
  let vouchedBy = '';

  const requestVisitor = async (): Promise<string> => {
    const old = visitors.read();
    const signed = userToken();
    // Without a body the browser need not ask the server first whether it may send one.
    const body = signed ? toJson({ user_token: signed }) : null;
    const post = (headers: Record<string, string>) => callApi(server, 'visitors', { method: 'POST', headers, body });
    let response = await post(old?.token ? { authorization: `Bearer ${old.token}` } : {});
    // Too old to be renewed: a new visitor, who cannot see the chats of the old one.
    if (old && response.status === 401) response = await post({});
    if (!response.ok) throw await toChatError(response);
    const { access_token, expires_at }: WireVisitor = await response.json();
    vouchedBy = signed;
    visitors.write({ token: access_token, expiresAt: expires_at, sessionId: old?.sessionId });
    return access_token;
  };

  /** Two requests that find the token expired must not make two visitors. */
  const renew = (): Promise<string> => {
    pending ??= requestVisitor().finally(() => {
      pending = null;
    });
    return pending;
  };

  return {
    async authorize(isRefused) {
      const visitor = visitors.read();
      const isFresh = visitor && Date.parse(visitor.expiresAt) - Date.now() > RENEW_BEFORE_MS;
      const isKnown = isFresh && !isRefused && vouchedBy === userToken();
      return { headers: { authorization: `Bearer ${isKnown ? visitor.token : await renew()}` } };
    },
  };
}
