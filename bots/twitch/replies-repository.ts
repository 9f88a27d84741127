import type { Knex } from 'knex';
import type { ChatLine } from './chat-line.ts';

/** Whom to answer, and where. */
export interface ReplyTarget {
  eventId: string;
  messageId: string;
  channel: string;
  roomId: string;
  askerId: string;
  askerLogin: string;
}

/** A message that has to get one visible outcome, and how far that is. */
export interface Reply extends ReplyTarget {
  /** The message itself; null when it has its outcome. */
  asked: ChatLine | null;
  turnId: string | null;
  text: string | null;
  sendingAt: Date | null;
  attempts: number;
  isForgotten: boolean;
  createdAt: Date;
}

export interface Lease {
  owner: string;
  ms: number;
}

interface ReplyRow {
  event_id: string;
  message_id: string;
  channel: string;
  room_id: string;
  asker_id: string;
  asker_login: string;
  asked: ChatLine | null;
  turn_id: string | null;
  text: string | null;
  sending_at: Date | null;
  forgotten_at: Date | null;
  attempts: number;
  created_at: Date;
}

function toReply(row: ReplyRow): Reply {
  return {
    eventId: row.event_id,
    messageId: row.message_id,
    channel: row.channel,
    roomId: row.room_id,
    askerId: row.asker_id,
    askerLogin: row.asker_login,
    asked: row.asked,
    turnId: row.turn_id,
    text: row.text,
    sendingAt: row.sending_at,
    attempts: row.attempts,
    isForgotten: row.forgotten_at !== null,
    createdAt: row.created_at,
  };
}

const LEASED = `now() + :ms * interval '1 millisecond'`;
/** Long enough for moderators to remove what was said, and for a redelivery. */
const KEPT_DAYS = 7;

export type RepliesRepository = ReturnType<typeof createRepliesRepository>;

export function createRepliesRepository(db: Knex) {
  const leased = ({ owner, ms }: Lease) => ({
    lease_owner: owner,
    lease_until: db.raw(LEASED, { ms }),
  });
  const open = (eventId: string) => db('twitch_replies').where({ event_id: eventId }).whereNull('done_at');

  return {
    /** Null when the same message was recorded before, here or by another process. */
    async record(target: ReplyTarget & { asked: ChatLine }, lease: Lease): Promise<Reply | null> {
      const [row] = await db('twitch_replies')
        .insert({
          event_id: target.eventId,
          message_id: target.messageId,
          channel: target.channel,
          room_id: target.roomId,
          asker_id: target.askerId,
          asker_login: target.askerLogin,
          asked: JSON.stringify(target.asked),
          ...leased(lease),
        })
        .onConflict('event_id')
        .ignore()
        .returning('*');
      return row ? toReply(row) : null;
    },

    async saveTurn(eventId: string, turnId: string): Promise<void> {
      await db('twitch_replies').where({ event_id: eventId }).update({ turn_id: turnId });
    },

    /** Keeps what is about to be sent; false when it is not to be sent any more. */
    async startSending(eventId: string, text: string): Promise<boolean> {
      const changed = await open(eventId).whereNull('forgotten_at').update({ text, sending_at: db.fn.now() });
      return changed > 0;
    },

    async saveText(eventId: string, text: string): Promise<void> {
      await open(eventId).whereNull('forgotten_at').update({ text });
    },

    async takeBackSending(eventId: string): Promise<void> {
      await open(eventId).update({ sending_at: null });
    },

    async finish(eventId: string): Promise<void> {
      await open(eventId).update({ done_at: db.fn.now(), asked: null, lease_owner: null, lease_until: null });
    },

    /** Takes over one that nobody works on, or that this process does already. */
    async claim(eventId: string, lease: Lease): Promise<Reply | null> {
      const [row] = await open(eventId)
        .where((either) => either.where('lease_until', '<', db.fn.now()).orWhere({ lease_owner: lease.owner }))
        .update({ ...leased(lease), attempts: db.raw('attempts + 1') })
        .returning('*');
      return row ? toReply(row) : null;
    },

    /** @param known events that this process works on: theirs is only held on to, and counts as no attempt */
    async claimAbandoned(lease: Lease, { most, known }: { most: number; known: string[] }): Promise<Reply[]> {
      const rows = await db('twitch_replies')
        .whereIn(
          'event_id',
          db('twitch_replies')
            .select('event_id')
            .whereNull('done_at')
            .where('lease_until', '<', db.fn.now())
            .whereNotIn('event_id', known)
            .orderBy('created_at')
            .limit(most)
            .forUpdate()
            .skipLocked(),
        )
        .update({ ...leased(lease), attempts: db.raw('attempts + 1') })
        .returning('*');
      return rows.map(toReply);
    },

    async renew(lease: Lease): Promise<void> {
      await db('twitch_replies').where({ lease_owner: lease.owner }).whereNull('done_at').update(leased(lease));
    },

    /** Lets go, of one or of all that this process holds, so that it is taken up after so long. */
    async release(owner: string, eventId: string | null, { afterMs }: { afterMs: number }): Promise<void> {
      const query = db('twitch_replies').where({ lease_owner: owner }).whereNull('done_at');
      if (eventId !== null) query.where({ event_id: eventId });
      await query.update({ lease_owner: null, lease_until: db.raw(LEASED, { ms: afterMs }) });
    },

    /** Marks what answers this message as removed, so that it is neither said nor kept, whoever works on it. */
    async forgetMessage(messageId: string): Promise<Reply[]> {
      await forgetQuotes('messageId', messageId);
      return forget((query) => query.where({ message_id: messageId }).orWhere({ event_id: messageId }));
    },

    async forgetPerson(channel: string, askerId: string): Promise<Reply[]> {
      await forgetQuotes('userId', askerId);
      return forget((query) => query.where({ channel, asker_id: askerId }));
    },

    /** What a message replied to; known until it has its outcome. */
    async findQuote(eventId: string): Promise<ChatLine['quote']> {
      const row = await db('twitch_replies').where({ event_id: eventId }).first('asked');
      return row?.asked?.quote ?? null;
    },

    async removeOld(): Promise<void> {
      await db('twitch_replies').whereRaw(`created_at < now() - ? * interval '1 day'`, [KEPT_DAYS]).delete();
      // Somebody who was erased: the message by which they asked for it was still to be answered.
      await db('twitch_replies')
        .whereNotNull('done_at')
        .whereRaw(`created_at < now() - interval '10 minutes'`)
        .whereNotExists(
          db('identities')
            .select(db.raw('1'))
            .where({ platform: 'twitch' })
            .whereRaw('platform_user_id = twitch_replies.asker_id'),
        )
        .delete();
    },
  };

  /** What somebody said to whom others replied: their questions stay. */
  async function forgetQuotes(by: 'messageId' | 'userId', id: string): Promise<void> {
    await db('twitch_replies')
      .whereNull('done_at')
      .whereRaw(`asked -> 'quote' ->> ? = ?`, [by, id])
      .update({ asked: db.raw(`jsonb_set(asked, '{quote}', 'null')`) });
  }

  /** Open again, so that somebody deletes what is stored of it even when this process dies now. */
  async function forget(which: (query: Knex.QueryBuilder) => void): Promise<Reply[]> {
    const rows = await db('twitch_replies')
      .where(which)
      .whereNull('forgotten_at')
      .update({
        forgotten_at: db.fn.now(),
        text: null,
        asked: null,
        done_at: null,
        lease_until: db.raw(`coalesce(lease_until, now() + interval '10 seconds')`),
      })
      .returning('*');
    return rows.map(toReply);
  }
}
