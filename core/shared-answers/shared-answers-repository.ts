import type { Knex } from 'knex';
import type { Message } from '../messages/message.ts';
import { toMessage } from '../messages/messages-repository.ts';

/** Only what was said where everybody could read it: one statement decides and shares. */
const SHARE = `
insert into shared_answers (id, message_id)
select :id, messages.id from messages join turns on turns.id = messages.turn_id
where messages.id = :messageId and messages.role = 'assistant' and turns.place ->> 'isPrivate' = 'false'
on conflict (message_id) do update set message_id = excluded.message_id
returning id`;

export function createSharedAnswersRepository(db: Knex) {
  return {
    /** @returns the id it is shared under, which is the earlier one if there is one; null when it may not be shared */
    async share(messageId: string, id: string): Promise<string | null> {
      const { rows } = await db.raw(SHARE, { id, messageId });
      return rows[0]?.id ?? null;
    },

    async findAnswer(id: string): Promise<Message | null> {
      const row = await db('shared_answers')
        .join('messages', 'messages.id', 'shared_answers.message_id')
        .where({ 'shared_answers.id': id })
        .first('messages.*');
      return row ? toMessage(row) : null;
    },
  };
}
