import type { Knex } from 'knex';
import { decodeCursor, type Page, type PageRequest, toPage } from '../db/page.ts';
import type { Session } from '../sessions/session.ts';
import { createSessionsRepository } from '../sessions/sessions-repository.ts';
import type { Platform } from '../users/platform.ts';
import type { Message } from './message.ts';
import { type MessageRow, toMessage } from './messages-repository.ts';

/** A message, and the chat it is in. */
export interface FoundMessage extends Message {
  /** Null in a thread that somebody else began: its title may be their words. */
  sessionTitle: string | null;
  platform: Platform;
}

/** More narrow nothing down that these have not. */
const MOST_TERMS = 8;

/**
 * All that a person asked and was told, wherever, and what else was said in sessions of theirs. First the keys of their
 * messages are put in order, from indexes alone; then texts are read, newest first, until there are enough. PostgreSQL
 * would rather read everybody's texts to find the words, so the texts stand behind `offset 0`.
 */
const SEARCH = (conditions: string) => `
with own as (
  select messages.session_id, messages.position
  from sessions join messages on messages.session_id = sessions.id
  where sessions.user_id = :userId
  union all
  select messages.session_id, messages.position
  from turns join sessions on sessions.id = turns.session_id and sessions.user_id <> :userId
  join messages on messages.turn_id = turns.id
  where turns.user_id = :userId
)
select found.*
from (select * from own where position < :before order by position desc) newest
cross join lateral (
  select * from messages
  where session_id = newest.session_id and position = newest.position and ${conditions}
  offset 0
) found
order by newest.position desc limit :limit`;

/** Finds messages of a person that have all the words in them, in whatever order, newest first; "a phrase" as it stands. */
export async function searchMessages(
  db: Knex,
  { userId, query, ...page }: { userId: string; query: string } & PageRequest,
): Promise<Page<FoundMessage>> {
  const [before = Number.MAX_SAFE_INTEGER] = decodeCursor(page.cursor, 1) ?? [];
  const terms = toTerms(query);
  const bindings = Object.fromEntries(terms.map((term, index) => [`term${index}`, `%${escapeLike(term)}%`]));
  const conditions = terms.map((term, index) => `content ${collationFor(term)} ilike :term${index}`).join(' and ');
  const { rows }: { rows: MessageRow[] } = await db.raw(SEARCH(conditions), {
    userId,
    before,
    limit: page.limit + 1,
    ...bindings,
  });
  const found = toPage(rows, { limit: page.limit, toItem: toMessage, toKey: (row) => [row.position] });
  const sessions = await createSessionsRepository(db).listByIds([...new Set(found.items.map((one) => one.sessionId))]);
  return { ...found, items: found.items.flatMap((message) => withSession(message, sessions, userId)) };
}

/** Empty when the session was deleted meanwhile. */
function withSession(message: Message, sessions: Session[], userId: string): FoundMessage[] {
  const session = sessions.find(({ id }) => id === message.sessionId);
  if (!session) return [];
  const sessionTitle = session.userId === userId ? session.title : null;
  return [{ ...message, sessionTitle, platform: session.platform }];
}

function toTerms(query: string): string[] {
  const terms = [...query.matchAll(/"([^"]+)"|(\S+)/g)].map(([, phrase, word]) => (phrase ?? word ?? '').trim());
  return [...new Set(terms.filter(Boolean))].slice(0, MOST_TERMS);
}

/** Without letters that a language folds in its own way, half the time is spent. */
function collationFor(term: string): string {
  return /^[\x20-\x7E]*$/.test(term) ? 'collate "C"' : '';
}

function escapeLike(term: string): string {
  return term.replace(/[\\%_]/g, '\\$&');
}
