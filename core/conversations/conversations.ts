import type { Knex } from 'knex';
import { retryDeadlock } from '../db/retry-deadlock.ts';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Session } from '../sessions/session.ts';
import { createSessions, type Sessions } from '../sessions/sessions.ts';
import { createSessionsRepository } from '../sessions/sessions-repository.ts';
import { findCurrentUserId, holdUser } from '../users/merged-users.ts';
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

/** What becomes of words said in private when their session goes on where others read along. */
export type Carrying =
  /** Nothing is done before the person has agreed: see `findWordsToCarry`. */
  | 'ask'
  /** They stay where they were said: nothing of them shows in answers there. */
  | 'leave'
  /** The person has agreed that they are used, up to this turn. */
  | { upTo: number };

/** A session as it is used at one place. */
export interface PlacedSession extends Session {
  /** To be said of the turns asked there: see `Place`. */
  carriesUpTo: number | null;
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

  /** Null when another message began one at the same moment, or when the asker is somebody else by now. */
  function begin(asked: Asked): Promise<Session | null> {
    return retryDeadlock(() =>
      db.transaction(async (trx) => {
        const now = clock.now();
        if (!(await holdUser(trx, asked.userId))) return null;
        const session = await create(trx, asked);
        const use = { sessionId: session.id, now, since: whenBegun(asked.place, now) };
        if (await createConversationsRepository(trx).putUnlessUsed(toKey(asked), use)) return session;
        await createSessionsRepository(trx).remove(asked.userId, session.id);
        return null;
      }),
    );
  }

  /**
   * Whether a session cannot simply go on at a place where others read along, as some of it was said in private, or in
   * a space that has documents of its own.
   * @returns the turn up to which the person has to agree that it is used there; null when there is nothing to ask
   * @throws AppError `session_not_found`, also for another person's session
   */
  async function findWordsToCarry({ userId, place, sessionId }: Asked & { sessionId: string }): Promise<number | null> {
    await sessions.get({ userId, sessionId });
    return place.isPrivate ? null : rows.findWordsToCarry(sessionId, place.space);
  }

  /** The asker as of now, who may have been merged into somebody since the platform told who they are. */
  async function findAsker(asked: Asked): Promise<Asked> {
    const userId = await findCurrentUserId(db, asked.userId);
    if (userId === null) throw new AppError('unauthorized', 'This person has been erased. Start anew to chat again.');
    return { ...asked, userId };
  }

  return {
    findWordsToCarry,

    /** The session to ask in, begun when there is none; messages that come together get the same one. */
    async current(given: Asked): Promise<PlacedSession> {
      for (let asked = given; ; asked = await findAsker(asked)) {
        const now = clock.now();
        const used = await rows.touch(toKey(asked), { now, since: whenBegun(asked.place, now) });
        const session = used ? await allSessions.find(used.sessionId) : await begin(asked);
        if (session) return { ...session, carriesUpTo: used?.carriesUpTo ?? null };
      }
    },

    /** "New chat": what comes next at this place has nothing to do with what was said before. */
    async startNew({ title, ...given }: Asked & { title?: string }): Promise<Session> {
      const asked = await findAsker(given);
      return retryDeadlock(() =>
        db.transaction(async (trx) => {
          await holdUser(trx, asked.userId);
          const session = await create(trx, asked, title);
          await createConversationsRepository(trx).put(toKey(asked), {
            sessionId: session.id,
            carriesUpTo: null,
            now: clock.now(),
          });
          return session;
        }),
      );
    },

    /**
     * Goes on with an earlier session, from whatever place it is.
     * @throws AppError `session_not_found`, also for another person's session; `confirmation_needed`
     */
    async resume({
      sessionId,
      carry = 'ask',
      ...asked
    }: Asked & { sessionId: string; carry?: Carrying }): Promise<PlacedSession> {
      const session = await sessions.get({ userId: asked.userId, sessionId });
      if (carry === 'ask' && (await findWordsToCarry({ sessionId, ...asked })) !== null) {
        throw new AppError(
          'confirmation_needed',
          'Some of this chat was said in private. Say that it may be used where others read along, or continue it in private.',
        );
      }
      const carriesUpTo = typeof carry === 'object' ? carry.upTo : null;
      await rows.put(toKey(asked), { sessionId, carriesUpTo, now: clock.now() });
      return { ...session, carriesUpTo };
    },
  };
}

function toKey({ userId, place }: Asked): ConversationKey {
  return { place, userId: place.kind === 'thread' ? null : userId };
}
