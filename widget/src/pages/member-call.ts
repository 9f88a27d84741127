import { callApi, toJson } from '../api-call.ts';
import { ChatError, toChatError } from '../chat-error.ts';
import type { Access } from '../visitor-access.ts';

/** What comes with each request of a member: the cookie, and what no other website can send along with it. */
const MEMBER = { headers: { 'x-parley-csrf': '1' }, credentials: 'same-origin' } as const;

/** The access of whoever is logged in on our own pages; sends to the login page when that login has ended. */
export const memberAccess: Access = {
  async authorize(isRefused) {
    if (isRefused) toLogin();
    return MEMBER;
  },
};

/**
 * Calls our API as the member.
 * @param path after `/api/`
 * @throws ChatError with words for the person
 */
export async function callAsMember<Answer = void>(method: string, path: string, body?: unknown): Promise<Answer> {
  try {
    const response = await callApi(`${location.origin}/`, path, {
      ...MEMBER,
      method,
      ...(body !== undefined && { body: toJson(body) }),
    });
    if (response.status === 401) toLogin();
    if (!response.ok) throw await toChatError(response);
    return response.status === 204 ? (undefined as Answer) : await response.json();
  } catch (error) {
    throw error instanceof ChatError && error.message ? error : unreachable(error);
  }
}

function unreachable(cause: unknown): ChatError {
  return new ChatError('unreachable', 'The server cannot be reached. Please try again in a moment.', { cause });
}

function toLogin(): void {
  location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
}
