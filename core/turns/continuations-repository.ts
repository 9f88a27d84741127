import type { Knex } from 'knex';
import { isForeignKeyViolation, isUniqueViolation } from '../db/constraint-violation.ts';
import { retryDeadlock } from '../db/retry-deadlock.ts';
import { isCut, type Message } from '../messages/message.ts';
import { type MessageRow, toMessage } from '../messages/messages-repository.ts';
import type { Platform } from '../users/platform.ts';
import type { Place } from './incoming-message.ts';
import { ASKER_SETTINGS, type TurnToAnswer, toTurnToAnswer } from './turns-repository.ts';

export interface ContinuedAnswer {
  messageId: string;
  /** Who presses the button: only the one who asked the question may. */
  userId: string;
  platform: Platform;
  /** The platform's id for the press of the button, or the caller's idempotency key. */
  eventId: string | null;
  place: Place;
  /** Where the longer answer is to be shown; where the answer is shown already, unless given. */
  delivery?: unknown;
  /** Set where people reach their own sessions only: in others, there is no such answer. */
  inOwnSession?: boolean;
}

export interface NewContinuation extends ContinuedAnswer {
  turnId: string;
  leaseOwner: string;
  leaseMs: number;
}

export type Continued =
  | { outcome: 'accepted'; turn: TurnToAnswer; question: Message; answer: Message }
  /** It goes on already, or this event was dealt with before. */
  | { outcome: 'joined'; turnId: string }
  | { outcome: 'message_not_found' | 'not_the_asker' | 'not_cut' };

/** At the end of its session's line; where it is shown is where the answer was shown, if that is on the same platform. */
const INSERT = `
insert into turns (id, session_id, user_id, platform, state, attempts, lease_owner, lease_until, place, delivery,
                   continues_message_id)
select :turnId, session_id, :userId, :platform, 'queued', 0, :leaseOwner, now() + :leaseMs * interval '1 millisecond',
       cast(:place as jsonb),
       coalesce(cast(:delivery as jsonb), case when platform = :platform then delivery end), :messageId
from turns where id = :answeredBy`;

/** Turns by which cut answers go on: one at a time for each answer. */
export function createContinuationsRepository(db: Knex) {
  return {
    async begin(continuation: NewContinuation): Promise<Continued> {
      for (let tries = 1; ; tries += 1) {
        try {
          return await retryDeadlock(() => db.transaction((trx) => begin(trx, continuation)));
        } catch (error) {
          // Another press was faster, or the answer was deleted: the next look says which.
          const isRace =
            isUniqueViolation(error, 'turns_one_continuation') ||
            isUniqueViolation(error, 'inbox_events_pkey') ||
            isForeignKeyViolation(error, 'turns_continues_message_id_foreign');
          if (!isRace || tries > 3) throw error;
        }
      }
    },

    /** What a turn goes on with, and what had been asked; null when it has been deleted. */
    async find(messageId: string): Promise<{ question: Message; answer: Message } | null> {
      return findExchange(db, messageId);
    },

    async isGoingOn(messageId: string): Promise<boolean> {
      return (await findUnfinished(db, messageId)) !== null;
    },
  };
}

async function begin(trx: Knex, continuation: NewContinuation): Promise<Continued> {
  const { turnId, messageId, userId, platform, eventId, place, delivery } = continuation;
  await trx.raw('select id from users where id = ? for key share', [userId]);
  const exchange = await findExchange(trx, messageId);
  if (!exchange) return { outcome: 'message_not_found' };
  const answered = await trx('turns')
    .join('sessions', 'sessions.id', 'turns.session_id')
    .where({ 'turns.id': exchange.answer.turnId })
    .first({ asker_id: 'turns.user_id', owner_id: 'sessions.user_id', carries_up_to: trx.raw(`place->'carriesUpTo'`) });
  if (continuation.inOwnSession && answered.owner_id !== userId) return { outcome: 'message_not_found' };
  if (answered.asker_id !== userId) return { outcome: 'not_the_asker' };
  const known = eventId === null ? null : await findByEvent(trx, platform, eventId);
  const joined = known ?? (await findUnfinished(trx, messageId));
  if (joined !== null) return { outcome: 'joined', turnId: joined };
  if (!isCut(exchange.answer)) return { outcome: 'not_cut' };

  const carried = answered.carries_up_to === null ? {} : { carriesUpTo: answered.carries_up_to };
  await trx.raw(INSERT, {
    ...continuation,
    place: JSON.stringify({ ...place, ...carried }),
    delivery: delivery === undefined ? null : JSON.stringify(delivery),
    answeredBy: exchange.answer.turnId,
  });
  if (eventId !== null) await trx('inbox_events').insert({ platform, event_id: eventId, turn_id: turnId });
  await trx('sessions').where({ id: exchange.answer.sessionId }).update({ updated_at: trx.fn.now() });
  const { rows } = await trx.raw(
    `select turns.*, ${ASKER_SETTINGS} from turns join users on users.id = turns.user_id where turns.id = ?`,
    [turnId],
  );
  return { outcome: 'accepted', turn: toTurnToAnswer(rows[0]), ...exchange };
}

async function findExchange(db: Knex, messageId: string): Promise<{ question: Message; answer: Message } | null> {
  const rows: MessageRow[] = await db('messages')
    .where('turn_id', '=', db('messages').where({ id: messageId, role: 'assistant' }).select('turn_id'))
    .orderBy('position');
  const [question, answer] = rows.map(toMessage);
  return question && answer ? { question, answer } : null;
}

async function findByEvent(db: Knex, platform: Platform, eventId: string): Promise<string | null> {
  return (await db('inbox_events').where({ platform, event_id: eventId }).first('turn_id'))?.turn_id ?? null;
}

async function findUnfinished(db: Knex, messageId: string): Promise<string | null> {
  const row = await db('turns')
    .where({ continues_message_id: messageId })
    .whereIn('state', ['queued', 'running'])
    .first('id');
  return row?.id ?? null;
}
