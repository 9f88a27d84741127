import type { Knex } from 'knex';
import { isForeignKeyViolation } from '../db/constraint-violation.ts';
import type { Page, PageRequest } from '../db/page.ts';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Platform } from '../users/platform.ts';
import type { Session } from './session.ts';
import { createSessionsRepository } from './sessions-repository.ts';

export type Sessions = ReturnType<typeof createSessions>;

const notFound = () => new AppError('session_not_found', 'There is no such chat. It may have been deleted.');

/** People's conversations. One of somebody else is as good as none. */
export function createSessions({ db, clock }: { db: Knex; clock: Clock }) {
  const rows = createSessionsRepository(db);

  async function get({ userId, sessionId }: { userId: string; sessionId: string }): Promise<Session> {
    const session = await rows.findOfUser(userId, sessionId);
    if (!session) throw notFound();
    return session;
  }

  return {
    /** @throws AppError `unauthorized` when the person has been erased meanwhile */
    async create(options: {
      userId: string;
      platform: Platform;
      space: string | null;
      title?: string;
    }): Promise<Session> {
      const title = options.title ?? `New Chat - ${clock.now().toISOString().slice(0, 19).replace('T', ' ')}`;
      try {
        return await rows.insert({ ...options, title, isNamed: options.title !== undefined });
      } catch (error) {
        if (!isForeignKeyViolation(error)) throw error;
        throw new AppError('unauthorized', 'This person has been erased. Start anew to chat again.', { cause: error });
      }
    },

    /** A person's sessions, most recently used first; questions of programs only where they are asked for. */
    list({
      userId,
      ...page
    }: { userId: string; platform?: Platform | undefined } & PageRequest): Promise<Page<Session>> {
      return rows.listOfUser(userId, page);
    },

    /** @throws AppError `session_not_found`, also for another person's session */
    get,

    async rename({ userId, sessionId, title }: { userId: string; sessionId: string; title: string }): Promise<Session> {
      if (!(await rows.rename(userId, sessionId, title))) throw notFound();
      return get({ userId, sessionId });
    },

    async delete({ userId, sessionId }: { userId: string; sessionId: string }): Promise<void> {
      if (!(await rows.remove(userId, sessionId))) throw notFound();
    },

    /** @returns how many were deleted */
    deleteAll({ userId }: { userId: string }): Promise<number> {
      return rows.removeAll(userId);
    },
  };
}
