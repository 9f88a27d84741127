import type { Knex } from 'knex';
import type { ConversationPlace } from './conversation-place.ts';

/** Whose conversation at which place; `userId` is null where everybody shares it. */
export interface ConversationKey {
  place: ConversationPlace;
  userId: string | null;
}

export function createConversationsRepository(db: Knex) {
  const columns = ({ place, userId }: ConversationKey) => ({
    platform: place.platform,
    space: place.space,
    kind: place.kind,
    place_id: place.id,
    user_id: userId,
  });

  return {
    /** The session used there, marked as used now; null when there is none, or when it was last used before `since`. */
    async touch(key: ConversationKey, { now, since }: { now: Date; since: Date }): Promise<string | null> {
      const [row] = await db('conversations')
        .where(columns(key))
        .where('last_used_at', '>=', since)
        .update({ last_used_at: db.raw('greatest(last_used_at, ?)', [now]) })
        .returning('session_id');
      return row?.session_id ?? null;
    },

    /** Makes it the session of that place; false when somebody else has put one there since `since`. */
    async putUnlessUsed(
      key: ConversationKey,
      { sessionId, now, since }: { sessionId: string; now: Date; since: Date },
    ): Promise<boolean> {
      const rows = await db('conversations')
        .insert({ ...columns(key), session_id: sessionId, last_used_at: now })
        .onConflict(['platform', 'space', 'kind', 'place_id', 'user_id'])
        .merge(['session_id', 'last_used_at'])
        .where('conversations.last_used_at', '<', since)
        .returning('id');
      return rows.length > 0;
    },

    async put(key: ConversationKey, { sessionId, now }: { sessionId: string; now: Date }): Promise<void> {
      await db('conversations')
        .insert({ ...columns(key), session_id: sessionId, last_used_at: now })
        .onConflict(['platform', 'space', 'kind', 'place_id', 'user_id'])
        .merge(['session_id', 'last_used_at']);
    },
  };
}
