import type { Knex } from 'knex';
import { prepared } from '../db/database.ts';
import { decodeCursor, type Page, type PageRequest, toPage } from '../db/page.ts';
import type { FinishReason } from '../ports/chat-model.ts';
import type { Message, MessageSource, MessageStatus } from './message.ts';

export interface MessageRow {
  id: string;
  session_id: string;
  turn_id: string;
  position: number;
  role: 'user' | 'assistant';
  author_name: string | null;
  content: string;
  image_url: string | null;
  image_urls: string[];
  status: MessageStatus;
  sources: MessageSource[];
  model: string | null;
  model_reason: string | null;
  input_tokens: number | null;
  output_tokens: number | null;
  finish_reason: FinishReason | null;
  created_at: Date;
}

export function toMessage(row: MessageRow): Message {
  return {
    id: row.id,
    sessionId: row.session_id,
    turnId: row.turn_id,
    role: row.role,
    authorName: row.author_name,
    content: row.content,
    imageUrl: row.image_url,
    imageUrls: row.image_urls,
    status: row.status,
    sources: row.sources,
    model: row.model,
    modelReason: row.model_reason,
    usage:
      row.input_tokens === null || row.output_tokens === null
        ? null
        : { inputTokens: row.input_tokens, outputTokens: row.output_tokens },
    finishReason: row.finish_reason,
    createdAt: row.created_at,
  };
}

export function createMessagesRepository(db: Knex) {
  const ofUser = (userId: string) =>
    db('messages').whereIn('session_id', db('sessions').select('id').where({ user_id: userId }));

  return {
    /** Oldest first. */
    async listOfSession(sessionId: string, page: PageRequest): Promise<Page<Message>> {
      const after = decodeCursor(page.cursor, 1);
      const query = db<MessageRow>('messages')
        .where({ session_id: sessionId })
        .orderBy('position')
        .limit(page.limit + 1);
      if (after) query.whereRaw('position > ?::bigint', after);
      return toPage(await query, { limit: page.limit, toItem: toMessage, toKey: (row) => [row.position] });
    },

    /** The last messages before a position, oldest first. */
    async listBefore(sessionId: string, position: number, limit: number): Promise<Message[]> {
      const { rows } = await db
        .raw('select * from messages where session_id = ? and position < ? order by position desc limit ?', [
          sessionId,
          position,
          limit,
        ])
        .options(prepared('messages_before'));
      return (rows as MessageRow[]).reverse().map(toMessage);
    },

    /** The same as far as others may read it: what was said in private only up to the turn `carriesUpTo`. */
    async listSharedBefore(
      sessionId: string,
      { position, carriesUpTo, limit }: { position: number; carriesUpTo: number; limit: number },
    ): Promise<Message[]> {
      const { rows } = await db
        .raw(
          `select messages.* from messages join turns on turns.id = messages.turn_id
           where messages.session_id = ? and messages.position < ?
           and (turns.place->>'isPrivate' = 'false' or turns.position <= ?)
           order by messages.position desc limit ?`,
          [sessionId, position, carriesUpTo, limit],
        )
        .options(prepared('messages_shared_before'));
      return (rows as MessageRow[]).reverse().map(toMessage);
    },

    async listOfTurn(turnId: string): Promise<Message[]> {
      const rows = await db<MessageRow>('messages').where({ turn_id: turnId }).orderBy('position');
      return rows.map(toMessage);
    },

    async find(id: string): Promise<Message | null> {
      const row = await db<MessageRow>('messages').where({ id }).first();
      return row ? toMessage(row) : null;
    },

    /** With all sources that were found for it, cited or not. */
    async findWithFound(id: string): Promise<Message | null> {
      const row = await db('messages')
        .where({ id })
        .first('*', { sources: db.raw('coalesce(found_sources, sources)') });
      return row ? toMessage(row) : null;
    },

    /** Where the question to an answer stands in its session; at its beginning when the answer has been deleted. */
    async findQuestionPosition(answerId: string): Promise<number> {
      const row = await db<MessageRow>('messages').where({ id: answerId }).first('position');
      return row ? row.position - 1 : 0;
    },

    async isOfUser(userId: string, id: string): Promise<boolean> {
      return (await ofUser(userId).where({ id }).first('id')) !== undefined;
    },

    async exists(id: string): Promise<boolean> {
      return (await db('messages').where({ id }).first('id')) !== undefined;
    },

    async remove(userId: string, id: string): Promise<boolean> {
      return (await ofUser(userId).where({ id }).delete()) > 0;
    },

    /** Or of the turn that answers its question since it was edited. */
    async removeOfTurn(turnId: string): Promise<number> {
      const successor = db('turns').where({ id: turnId }).select('superseded_by');
      return db('messages').where({ turn_id: turnId }).orWhere('turn_id', '=', successor).delete();
    },

    async removeAllOfSession(sessionId: string): Promise<number> {
      return db('messages').where({ session_id: sessionId }).delete();
    },
  };
}
