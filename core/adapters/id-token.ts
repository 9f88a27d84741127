import { decodeJwt } from 'jose';

/** Between the clock of the server and ours. */
const SKEW_SECONDS = 60;

interface Expected {
  clientId: string;
  nonce: string;
  /** Of the profile that came with it, where that tells. */
  subject: unknown;
  now: Date;
}

/**
 * Checks the ID token of a server that does not describe itself: that it is for us, for this attempt, and of this
 * person. It came over the server's own line, which proves as much as a signature (OpenID Connect Core, 3.1.3.7).
 */
export function assertIdToken(token: unknown, { clientId, nonce, subject, now }: Expected): void {
  const claims = decodeJwt(String(token));
  if (claims.nonce !== nonce) throw new Error('the ID token belongs to another attempt');
  if (![claims.aud].flat().includes(clientId)) throw new Error('the ID token is for somebody else');
  if (!((claims.exp ?? 0) + SKEW_SECONDS > now.getTime() / 1000)) throw new Error('the ID token has expired');
  if (typeof subject === 'string' && claims.sub !== subject) throw new Error('the ID token is of another person');
}
