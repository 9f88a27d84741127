import type { Knex } from 'knex';

/** How a way to a provider ended: where its person goes on, or why they do not. */
export type AuthorizationOutcome =
  | {
      kind: 'accepted';
      /** False where an account was linked to somebody who was logged in already. */
      hasLoggedIn: boolean;
      next: string;
    }
  | { kind: 'refused'; code: string; message: string };

/** Which one, and who brings it back: all three have to be right. */
export interface AuthorizationKey {
  stateHash: string;
  browserHash: string;
  provider: string;
}

export function createAuthorizationRequestsRepository(db: Knex) {
  const named = (key: AuthorizationKey) =>
    db('authorization_requests').where({
      state_hash: key.stateHash,
      browser_hash: key.browserHash,
      provider: key.provider,
    });

  return {
    async insert(request: AuthorizationKey & { sealed: string; expiresAt: Date }): Promise<void> {
      await db('authorization_requests').insert({
        state_hash: request.stateHash,
        browser_hash: request.browserHash,
        provider: request.provider,
        sealed: request.sealed,
        expires_at: request.expiresAt,
      });
    },

    /** Gives it to the first who comes; null for everybody after them, and for one that is over. */
    async claim(key: AuthorizationKey, now: Date): Promise<string | null> {
      const [row] = await named(key)
        .whereNull('claimed_at')
        .where('expires_at', '>', now)
        .update({ claimed_at: now })
        .returning('sealed');
      return row?.sealed ?? null;
    },

    /** @returns undefined when it was not claimed since then, null while it has no outcome */
    async findOutcome(key: AuthorizationKey, claimedSince: Date): Promise<AuthorizationOutcome | null | undefined> {
      const row = await named(key).where('claimed_at', '>', claimedSince).first('outcome');
      return row?.outcome;
    },

    async setOutcome(key: AuthorizationKey, outcome: AuthorizationOutcome): Promise<void> {
      await named(key).update({ outcome: JSON.stringify(outcome) });
    },

    async clear(before: Date): Promise<void> {
      await db('authorization_requests').where('expires_at', '<', before).delete();
    },
  };
}
