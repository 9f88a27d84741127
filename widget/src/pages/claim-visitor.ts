import { callApi } from '../api-call.ts';
import { createVisitorStore, forgetVisitor } from '../visitor-store.ts';
import { callAsMember } from './member-call.ts';

/**
 * Gives what was asked in this browser before the login to whoever logged in.
 * @returns the chat to go on with, if there was one. What cannot be claimed now is tried again on the next page.
 */
export async function claimVisitor(server: string): Promise<string | undefined> {
  const visitor = createVisitorStore(server, undefined).read();
  if (!visitor) return undefined;
  try {
    // It may have ended meanwhile: renewed, it is good for being claimed.
    const headers = { authorization: `Bearer ${visitor.token}` };
    const renewed = await callApi(server, 'visitors', { method: 'POST', headers });
    if (renewed.ok) {
      await callAsMember('POST', 'visitors/claim', { visitor_token: (await renewed.json()).access_token });
    } else if (renewed.status !== 401) return undefined;
    forgetVisitor(server);
    return renewed.ok ? visitor.sessionId : undefined;
  } catch {
    return undefined;
  }
}
