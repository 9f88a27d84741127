import type { Knex } from 'knex';
import type { Clock } from '../ports/clock.ts';
import type { Session } from '../sessions/session.ts';
import { createSessions, type Sessions } from '../sessions/sessions.ts';
import { createSessionsRepository } from '../sessions/sessions-repository.ts';
import type { ConversationPlace } from './conversation-place.ts';
import { type ConversationKey, createConversationsRepository } from './conversations-repository.ts';

export interface ConversationsOptions {
  db: Knex;
  clock: Clock;
  sessions: Sessions;
  /** How long after its last use a session in a channel is continued. */
  channelMinutes: number;
}

interface Asked {
  userId: string;
  place: ConversationPlace;
}

/** No conversation is older: what is to last until somebody starts a new one was always used since. */
const ALWAYS = new Date(0);

/**
 * Which session a message on a chat platform belongs to: in a DM one until a new one is started, in a thread the
 * thread's own, which everybody in it shares, in a channel the asker's own there, for a while after its last use.
 */
export function createConversations({ db, clock, sessions, channelMinutes }: ConversationsOptions) {
  const rows = createConversationsRepository(db);
  const allSessions = createSessionsRepository(db);

  function whenBegun({ kind }: ConversationPlace, now: Date): Date {
    return kind === 'channel' ? new Date(now.getTime() - channelMinutes * 60_000) : ALWAYS;
  }

  function create(trx: Knex, { userId, place }: Asked, title?: string): Promise<Session> {
    const { platform, space } = place;
    return createSessions({ db: trx, clock }).create({ userId, platform, space, title });
  }

  /** Null when another message began one at the same moment. */
  function begin(asked: Asked): Promise<Session | null> {
    return db.transaction(async (trx) => {
      const now = clock.now();
      const session = await create(trx, asked);
      const use = { sessionId: session.id, now, since: whenBegun(asked.place, now) };
      if (await createConversationsRepository(trx).putUnlessUsed(toKey(asked), use)) return session;
      await createSessionsRepository(trx).remove(asked.userId, session.id);
      return null;
    });
  }

  return {
    /** The session to ask in, begun when there is none; messages that come together get the same one. */
    async current(asked: Asked): Promise<Session> {
      for (;;) {
        const now = clock.now();
        const sessionId = await rows.touch(toKey(asked), { now, since: whenBegun(asked.place, now) });
        const session = sessionId ? await allSessions.find(sessionId) : await begin(asked);
        if (session) return session;
      }
    },

    /** "New chat": what comes next at this place has nothing to do with what was said before. */
    startNew({ title, ...asked }: Asked & { title?: string }): Promise<Session> {
      return db.transaction(async (trx) => {
        const session = await create(trx, asked, title);
        await createConversationsRepository(trx).put(toKey(asked), { sessionId: session.id, now: clock.now() });
        return session;
      });
    },

    /**
     * Goes on with an earlier session, from whatever place it is.
     * @throws AppError `session_not_found`, also for another person's session
     */
    async resume({ sessionId, ...asked }: Asked & { sessionId: string }): Promise<Session> {
      const session = await sessions.get({ userId: asked.userId, sessionId });
      await rows.put(toKey(asked), { sessionId, now: clock.now() });
      return session;
    },
  };
}

function toKey({ userId, place }: Asked): ConversationKey {
  return { place, userId: place.kind === 'thread' ? null : userId };
}
