import type { Knex } from 'knex';
import type { ConversationPlace } from './conversation-place.ts';

/** Whose conversation at which place; `userId` is null where everybody shares it. */
export interface ConversationKey {
  place: ConversationPlace;
  userId: string | null;
}

/** Which session is used at a place, and what of it may be carried there. */
export interface UsedSession {
  sessionId: string;
  /** Up to this turn, what was said in private may be used at a place where others read along. */
  carriesUpTo: number | null;
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
    /** What is used there, marked as used now; null when there is nothing, or when it was last used before `since`. */
    async touch(key: ConversationKey, { now, since }: { now: Date; since: Date }): Promise<UsedSession | null> {
      const [row] = await db('conversations')
        .where(columns(key))
        .where('last_used_at', '>=', since)
        .update({ last_used_at: db.raw('greatest(last_used_at, ?)', [now]) })
        .returning(['session_id', 'carries_up_to']);
      return row ? { sessionId: row.session_id, carriesUpTo: row.carries_up_to } : null;
    },

    /** Makes it the session of that place; false when somebody else has put one there since `since`. */
    async putUnlessUsed(
      key: ConversationKey,
      { sessionId, now, since }: { sessionId: string; now: Date; since: Date },
    ): Promise<boolean> {
      const rows = await db('conversations')
        .insert({ ...columns(key), session_id: sessionId, last_used_at: now, carries_up_to: null })
        .onConflict(['platform', 'space', 'kind', 'place_id', 'user_id'])
        .merge(['session_id', 'last_used_at', 'carries_up_to'])
        .where('conversations.last_used_at', '<', since)
        .returning('id');
      return rows.length > 0;
    },

    /** Makes it the session of that place. What was agreed to for the same session there before still holds. */
    async put(key: ConversationKey, { sessionId, carriesUpTo, now }: UsedSession & { now: Date }): Promise<void> {
      await db('conversations')
        .insert({ ...columns(key), session_id: sessionId, last_used_at: now, carries_up_to: carriesUpTo })
        .onConflict(['platform', 'space', 'kind', 'place_id', 'user_id'])
        .merge({
          session_id: sessionId,
          last_used_at: now,
          carries_up_to: db.raw(`greatest(
            excluded.carries_up_to,
            case when conversations.session_id = excluded.session_id then conversations.carries_up_to end)`),
        });
    },

    /**
     * The last turn of a session in which something was said in private, or in another space whose documents only it may
     * read; null when nothing was.
     */
    async findWordsToCarry(sessionId: string, space: string | null): Promise<number | null> {
      const row = await db('turns')
        .where({ session_id: sessionId })
        .whereExists(db('messages').select(db.raw('1')).whereRaw('messages.turn_id = turns.id'))
        .whereRaw(
          `(place->>'isPrivate' = 'true' or (place->>'space' is not null and place->>'space' is distinct from ?))`,
          [space],
        )
        .max({ position: 'position' })
        .first();
      return row?.position ?? null;
    },
  };
}
