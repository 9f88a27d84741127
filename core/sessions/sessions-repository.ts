import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { decodeCursor, type Page, type PageRequest, toPage } from '../db/page.ts';
import type { Platform } from '../users/platform.ts';
import type { Session } from './session.ts';
import { titleOf } from './session-title.ts';

interface SessionRow {
  id: string;
  user_id: string;
  platform: Platform;
  space: string | null;
  title: string;
  is_named: boolean;
  message_count: number;
  created_at: Date;
  updated_at: Date;
  /** `updated_at` as text: a Date would lose the microseconds that the cursor needs. */
  updated_key: string;
  first_questions: string[] | null;
}

/**
 * What the first exchanges began with, for a title: of the session's own person, because others, whose words these could
 * be in a thread, may be erased without it. Greetings may come before the first that gives a title.
 */
export const FIRST_QUESTIONS = `
case when not sessions.is_named then (
  select array_agg(content) from (
    select left(question.content, 1000) as content from messages question
    join turns on turns.id = question.turn_id and turns.user_id = sessions.user_id
    where question.session_id = sessions.id and question.role = 'user' and exists (
      select from messages answer
      where answer.turn_id = turns.id and answer.role = 'assistant' and answer.status <> 'failed' and answer.content <> ''
    )
    order by question.position limit 3
  ) questions
) end as first_questions`;

function toSession(row: SessionRow): Session {
  return {
    id: row.id,
    userId: row.user_id,
    platform: row.platform,
    space: row.space,
    title: titleOf(row.first_questions ?? []) ?? row.title,
    isNamed: row.is_named,
    messageCount: row.message_count,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export interface NewSession {
  userId: string;
  platform: Platform;
  space: string | null;
  title: string;
  isNamed: boolean;
}

export function createSessionsRepository(db: Knex) {
  const withCount = () =>
    db('sessions').select<SessionRow[]>(
      'sessions.*',
      db.raw(`to_char(sessions.updated_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_key`),
      db.raw('(select count(*) from messages where messages.session_id = sessions.id) as message_count'),
      db.raw(FIRST_QUESTIONS),
    );

  return {
    async insert(session: NewSession): Promise<Session> {
      const [row] = await db('sessions')
        .insert({
          id: randomUUID(),
          user_id: session.userId,
          platform: session.platform,
          space: session.space,
          title: session.title,
          is_named: session.isNamed,
        })
        .returning('*');
      return toSession({ ...row, message_count: 0, first_questions: null });
    },

    async find(id: string): Promise<Session | null> {
      const row = await withCount().where({ id }).first();
      return row ? toSession(row) : null;
    },

    async listByIds(ids: string[]): Promise<Session[]> {
      return (await withCount().whereIn('id', ids)).map(toSession);
    },

    async findOfUser(userId: string, id: string): Promise<Session | null> {
      const row = await withCount().where({ id, user_id: userId }).first();
      return row ? toSession(row) : null;
    },

    /** Most recently used first. */
    async listOfUser(
      userId: string,
      { platform, ...page }: PageRequest & { platform?: Platform | undefined },
    ): Promise<Page<Session>> {
      const after = decodeCursor(page.cursor, 2);
      const query = withCount()
        .where({ user_id: userId })
        .orderBy([
          { column: 'updated_at', order: 'desc' },
          { column: 'id', order: 'desc' },
        ])
        .limit(page.limit + 1);
      if (platform === undefined) query.whereNot({ platform: 'api' });
      else query.where({ platform });
      if (after) query.whereRaw('(updated_at, id) < (?::timestamptz, ?::uuid)', after);
      return toPage(await query, {
        limit: page.limit,
        toItem: toSession,
        toKey: (row) => [row.updated_key, row.id],
      });
    },

    async rename(userId: string, id: string, title: string): Promise<boolean> {
      return (await db('sessions').where({ id, user_id: userId }).update({ title, is_named: true })) > 0;
    },

    async remove(userId: string, id: string): Promise<boolean> {
      return (await db('sessions').where({ id, user_id: userId }).delete()) > 0;
    },

    async removeAll(userId: string): Promise<number> {
      return db('sessions').where({ user_id: userId }).delete();
    },
  };
}
