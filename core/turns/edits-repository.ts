import type { Knex } from 'knex';
import { retryDeadlock } from '../db/retry-deadlock.ts';
import type { Message } from '../messages/message.ts';
import { type MessageRow, toMessage } from '../messages/messages-repository.ts';
import type { IncomingMessage } from './incoming-message.ts';
import {
  ASKER_SETTINGS,
  imageUrlsOf,
  type Turn,
  type TurnRow,
  type TurnToAnswer,
  toTurn,
  toTurnToAnswer,
} from './turns-repository.ts';

export interface Edit {
  /** Of the turn that is to answer the new words. */
  turnId: string;
  leaseOwner: string;
  leaseMs: number;
  incoming: IncomingMessage & { messageId: string; editedAt: Date };
}

export type Edited =
  /** That message was never asked. */
  | { outcome: 'not_asked' }
  /** The same words, or older ones than those known, or an event that came before. */
  | { outcome: 'unchanged'; turnId: string }
  /** The question was deleted here meanwhile. */
  | { outcome: 'deleted' }
  | {
      outcome: 'superseded';
      turn: TurnToAnswer;
      userMessage: Message;
      /** As it was when it was replaced. */
      before: Turn;
      /**
       * What a process was writing of it, or had in line: that one answers its successor, and shows it. Not the turn
       * before where its cut answer was being gone on with. Null where nobody was.
       */
      inHandId: string | null;
      leaseOwner: string;
    };

const LOCK_MESSAGE = `
select turn_id, edited_at from asked_messages where platform = ? and message_id = ? for update`;

/** In the place of the one before: its number in the order of arrival, its session, and by whom it was asked. */
const SUCCEED = `
insert into turns (id, session_id, user_id, position, platform, state, attempts, lease_owner, lease_until, place, delivery)
overriding system value
select :turnId, session_id, user_id, position, platform, 'queued', 0, cast(:leaseOwner as text),
       now() + :leaseMs * interval '1 millisecond', cast(:place as jsonb), coalesce(cast(:delivery as jsonb), delivery)
from turns where id = :before`;

/** Whoever was replaced by the one before leads to the newest, too: one step is always enough. */
const LEAD_ON = `update turns set superseded_by = :turnId where id = :before or superseded_by = :before`;

const END_BEFORE = `
update turns set state = 'interrupted', error_code = 'superseded', finished_at = now(), lease_owner = null,
  lease_until = null, given_history = null, continues_message_id = null
where id = :before and state in ('queued', 'running')`;

/** Puts the answer to edited words in the place of the answer before; edits of one message wait for one another. */
export function createEditsRepository(db: Knex) {
  return {
    supersede: (edit: Edit): Promise<Edited> => retryDeadlock(() => db.transaction((trx) => supersede(trx, edit))),
  };
}

async function supersede(trx: Knex, edit: Edit): Promise<Edited> {
  const { incoming } = edit;
  // Held first, as merging and erasing people does it.
  await trx.raw('select id from users where id = ? for key share', [incoming.userId]);
  const { rows } = await trx.raw(LOCK_MESSAGE, [incoming.platform, incoming.messageId]);
  const asked: { turn_id: string; edited_at: Date | null } | undefined = rows[0];
  if (!asked) return { outcome: 'not_asked' };
  const isOld = asked.edited_at !== null && asked.edited_at > incoming.editedAt;
  const [row] = await trx('turns')
    .where({ id: asked.turn_id })
    .forUpdate()
    .select('*', { is_in_hand: trx.raw(`state in ('queued', 'running') and lease_until > now()`) });
  const question: MessageRow | undefined = await trx('messages').where({ turn_id: row.id, role: 'user' }).first();
  if (!question) return { outcome: 'deleted' };
  const isNew = await isNewEvent(trx, incoming, row.id);
  if (isOld || !isNew) return { outcome: 'unchanged', turnId: row.id };
  await trx('asked_messages')
    .where({ platform: incoming.platform, message_id: incoming.messageId })
    .update({ edited_at: incoming.editedAt });
  if (isSame(question, incoming)) return { outcome: 'unchanged', turnId: row.id };
  return replace(trx, edit, { row, question, continuing: await endContinuation(trx, row.id) });
}

/** An answer that goes on in another turn while its question is edited. */
async function endContinuation(trx: Knex, turnId: string): Promise<(TurnRow & TurnInHand) | null> {
  const [row] = await trx('turns')
    .whereIn('continues_message_id', trx('messages').where({ turn_id: turnId }).select('id'))
    .whereIn('state', ['queued', 'running'])
    .forUpdate()
    .select('*', { is_in_hand: trx.raw('lease_until > now()') });
  return row ?? null;
}

async function replace(
  trx: Knex,
  { turnId, incoming, ...lease }: Edit,
  { row, question, continuing }: ReplacedTurn,
): Promise<Edited> {
  const before = row.id;
  const inHand = [row, continuing].find((one) => one?.is_in_hand) ?? null;
  const leaseOwner = inHand?.lease_owner ?? lease.leaseOwner;
  await trx.raw(SUCCEED, {
    turnId,
    before,
    leaseOwner,
    leaseMs: lease.leaseMs,
    place: JSON.stringify({ ...incoming.place, carriesUpTo: row.place.carriesUpTo }),
    delivery: incoming.delivery === undefined ? null : JSON.stringify(incoming.delivery),
  });
  for (const ended of [before, continuing?.id ?? []].flat()) {
    await trx.raw(END_BEFORE, { before: ended });
    await trx.raw(LEAD_ON, { turnId, before: ended });
  }
  await trx('asked_messages').where({ turn_id: before }).update({ turn_id: turnId });
  await trx('inbox_events').where({ turn_id: before }).update({ turn_id: turnId });
  await trx('messages').where({ turn_id: before, role: 'assistant' }).delete();
  const imageUrls = imageUrlsOf(incoming);
  const [changed] = await trx('messages')
    .where({ id: question.id })
    .update({
      turn_id: turnId,
      content: incoming.text,
      image_url: imageUrls[0] ?? null,
      image_urls: JSON.stringify(imageUrls),
    })
    .returning('*');
  await trx('sessions').where({ id: row.session_id }).update({ updated_at: trx.fn.now() });
  const { rows } = await trx.raw(
    `select turns.*, ${ASKER_SETTINGS} from turns join users on users.id = turns.user_id where turns.id = ?`,
    [turnId],
  );
  return {
    outcome: 'superseded',
    turn: toTurnToAnswer(rows[0]),
    userMessage: toMessage(changed),
    before: toTurn(row),
    inHandId: inHand?.id ?? null,
    leaseOwner,
  };
}

interface ReplacedTurn {
  row: TurnRow & TurnInHand;
  question: MessageRow;
  continuing: (TurnRow & TurnInHand) | null;
}

interface TurnInHand {
  lease_owner: string | null;
  is_in_hand: boolean;
}

async function isNewEvent(trx: Knex, { platform, eventId }: IncomingMessage, turnId: string): Promise<boolean> {
  if (eventId === null) return true;
  const rows = await trx('inbox_events')
    .insert({ platform, event_id: eventId, turn_id: turnId })
    .onConflict(['platform', 'event_id'])
    .ignore()
    .returning('event_id');
  return rows.length > 0;
}

function isSame(question: MessageRow, incoming: IncomingMessage): boolean {
  const [known, given] = [question.image_urls, imageUrlsOf(incoming)].map((urls) => urls.map(withoutSignature));
  return question.content === incoming.text && JSON.stringify(known) === JSON.stringify(given);
}

/** Platforms sign the addresses of pictures, anew each time. */
function withoutSignature(url: string): string {
  return url.startsWith('data:') ? url : (url.split('?')[0] ?? url);
}
