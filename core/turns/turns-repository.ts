import type { Knex } from 'knex';
import { isForeignKeyViolation, isUniqueViolation } from '../db/constraint-violation.ts';
import { prepared } from '../db/database.ts';
import { retryDeadlock } from '../db/retry-deadlock.ts';
import type { Message } from '../messages/message.ts';
import { type MessageRow, toMessage } from '../messages/messages-repository.ts';
import type { FinishReason } from '../ports/chat-model.ts';
import type { AskerSettings, RoutedQuestion } from '../ports/turn-model.ts';
import type { Platform } from '../users/platform.ts';
import type { Spending } from '../wallet/spending.ts';
import { ADD_TO_KEY } from '../wallet/usage-repository.ts';
import type { GivenMessage, IncomingMessage, Place } from './incoming-message.ts';

export type TurnState = 'queued' | 'running' | 'complete' | 'interrupted' | 'failed';

/** One user message and all that is done to answer it. */
export interface Turn {
  id: string;
  sessionId: string;
  userId: string;
  platform: Platform;
  /** Order of arrival, across all sessions. */
  position: number;
  state: TurnState;
  attempts: number;
  place: Place;
  /** What the caller said before, where it keeps the history itself; only until the turn ends. */
  givenHistory: GivenMessage[] | null;
  /** What the platform's adapter needs to find the message it was answering with; it alone knows the shape. */
  delivery: unknown;
  errorCode: string | null;
  /** The turn that answers the question since it was edited; null while this one does. */
  supersededBy: string | null;
  /** The cut answer that this turn goes on with, where it is no question of its own. */
  continuesMessageId: string | null;
  /** What was said to the asker beside the answer. */
  notices: string[];
  createdAt: Date;
}

/** A turn that is to be answered, with what its asker had set when it came up. */
export interface TurnToAnswer extends Turn {
  asker: AskerSettings;
}

export interface TurnRow {
  id: string;
  session_id: string;
  user_id: string;
  platform: Platform;
  position: number;
  state: TurnState;
  attempts: number;
  place: Place;
  given_history: GivenMessage[] | null;
  delivery: unknown;
  error_code: string | null;
  superseded_by: string | null;
  continues_message_id: string | null;
  notices: string[] | null;
  created_at: Date;
}

export function toTurn(row: TurnRow): Turn {
  return {
    id: row.id,
    sessionId: row.session_id,
    userId: row.user_id,
    platform: row.platform,
    position: row.position,
    state: row.state,
    attempts: row.attempts,
    place: row.place,
    givenHistory: row.given_history,
    delivery: row.delivery,
    errorCode: row.error_code,
    supersededBy: row.superseded_by,
    continuesMessageId: row.continues_message_id,
    notices: row.notices ?? [],
    createdAt: row.created_at,
  };
}

interface AskerRow {
  asker_model: string | null;
  asker_has_own_key: boolean;
}

export function toTurnToAnswer(row: TurnRow & AskerRow): TurnToAnswer {
  return { ...toTurn(row), asker: { model: row.asker_model, hasOwnKey: row.asker_has_own_key } };
}

export interface NewTurn {
  turnId: string;
  messageId: string;
  leaseOwner: string;
  leaseMs: number;
  incoming: IncomingMessage;
  /** An answered turn whose question this is again: its messages give way to the new ones. */
  replacesTurnId: string | null;
}

export type Accepted =
  | { outcome: 'accepted'; turn: TurnToAnswer; userMessage: Message }
  | { outcome: 'duplicate' }
  | { outcome: 'replaced_before' }
  | { outcome: 'session_not_found' };

export interface FinishedAnswer {
  messageId: string;
  state: 'complete' | 'interrupted' | 'failed';
  errorCode: string | null;
  content: string;
  /** Those that it cites. */
  sources: Message['sources'];
  /** All that were found for it; absent where nothing was looked for. */
  foundSources?: Message['sources'];
  model: string | null;
  /** Why it was this model; absent where nothing was chosen. */
  modelReason?: string | null;
  routed?: RoutedQuestion;
  usage: Message['usage'];
  /** Absent or null where the model did not come to an end. */
  finishReason?: FinishReason | null;
  /** What it cost, where a model wrote something of it. */
  spending?: Spending | null;
}

/** Of the row `users`: what decides who answers them. */
export const ASKER_SETTINGS = `
users.model as asker_model, exists (select from provider_keys where user_id = users.id) as asker_has_own_key`;

/**
 * One statement accepts a message: the event is recorded (a redelivery stops here), the turn starts at once when the
 * session is idle and waits in line otherwise, and the user's message is stored. The asker is held first, as merging
 * and erasing them does it, so that neither waits for the other in a circle.
 */
const ACCEPT = `
with asker as (
  select id, ${ASKER_SETTINGS} from users where id = :userId for key share
), session as (
  select sessions.id from sessions, asker
  where sessions.id = :sessionId and (sessions.user_id = asker.id or not :isPrivate)
), wanted as (
  select session.id from session where cast(:replacesTurnId as uuid) is null
  or exists (select from messages where turn_id = cast(:replacesTurnId as uuid) and role = 'user')
), asked as (
  insert into asked_messages (platform, message_id, turn_id, edited_at)
  select :platform, :askedMessageId, :turnId, cast(:editedAt as timestamptz)
  from wanted where cast(:askedMessageId as text) is not null
  on conflict do nothing returning turn_id
), inbox as (
  insert into inbox_events (platform, event_id, turn_id)
  select :platform, :eventId, :turnId from wanted where cast(:eventId as text) is not null
  and (cast(:askedMessageId as text) is null or exists (select from asked))
  on conflict do nothing returning turn_id
), replaced as (
  delete from messages where turn_id = cast(:replacesTurnId as uuid)
  and (cast(:eventId as text) is null or exists (select from inbox))
  returning id
), turn as (
  insert into turns (id, session_id, user_id, platform, state, attempts, lease_owner, lease_until, place,
                     given_history, delivery, started_at)
  select :turnId, wanted.id, :userId, :platform, line.state, case line.state when 'running' then 1 else 0 end,
         :leaseOwner, now() + :leaseMs * interval '1 millisecond', cast(:place as jsonb),
         cast(:history as jsonb), cast(:delivery as jsonb),
         case line.state when 'running' then now() end
  from wanted, lateral (
    select case when exists (
      select from turns where session_id = wanted.id and state in ('queued', 'running')
    ) then 'queued' else 'running' end as state
  ) line
  where (cast(:eventId as text) is null or exists (select from inbox))
    and (cast(:askedMessageId as text) is null or exists (select from asked))
    and (cast(:replacesTurnId as uuid) is null or exists (select from replaced))
  returning *
), message as (
  insert into messages (id, session_id, turn_id, position, role, author_name, content, image_url, image_urls,
                        status)
  select :messageId, turn.session_id, turn.id, turn.position * 2, 'user', :authorName, :content, :imageUrl,
         cast(:imageUrls as jsonb), 'complete'
  from turn returning *
), handed_on as (
  update asked_messages set turn_id = :turnId
  where turn_id = cast(:replacesTurnId as uuid) and exists (select from turn)
), touched as (
  update sessions set updated_at = now() where id in (select id from session) and exists (select from turn)
)
select (select count(*)::int from session) as sessions, (select count(*)::int from wanted) as wanted, row_to_json(turn.*) as turn, row_to_json(message.*) as message,
       turn.created_at as turn_created_at, message.created_at as message_created_at,
       (select asker_model from asker) as asker_model, (select asker_has_own_key from asker) as asker_has_own_key
from (select) nothing left join turn on true left join message on true`;

/**
 * The head of a session's line, which is what runs, or else what arrived first (an edited question keeps its place), if it is ours to run: our own waiting turn, or anyone's whose lease has run out.
 */
const CLAIM = `
with turn as (
  update turns set state = 'running', attempts = attempts + 1, started_at = now(),
    lease_owner = :leaseOwner, lease_until = now() + :leaseMs * interval '1 millisecond'
  where id = (
    select id from turns where session_id = :sessionId and state in ('queued', 'running')
    order by state = 'running' desc, position limit 1 for update
  ) and ((state = 'queued' and lease_owner = :leaseOwner) or lease_until < now())
  returning *
) select turn.*, ${ASKER_SETTINGS} from turn left join users on users.id = turn.user_id`;

/**
 * Ends a turn only if we still hold its lease; tells who is next in line, and wakes them when they are elsewhere. The
 * asker is held before the turn, as merging and erasing them does it, too; who they are is read from the turn itself.
 */
const finishBy = (storeAnswer: string) => `
with asker as (
  select users.id from users join turns on turns.user_id = users.id where turns.id = :turnId for key share of users
), turn as (
  update turns set state = :state, error_code = :errorCode, finished_at = now(), lease_owner = null,
    lease_until = null, given_history = null
  where id = :turnId and lease_owner = :leaseOwner and state = 'running' and (select count(*) from asker) >= 0
  returning id, session_id, position, user_id, platform, continues_message_id, place->>'space' as space,
    cast(place->'apiKey'->>'id' as uuid) as api_key_id
), spent as (
  insert into usage_records
    (turn_id, user_id, platform, space, api_key_id, model, payer, input_tokens, output_tokens, cost_micros, price_version)
  select id, user_id, platform, space, api_key_id, cast(:spentModel as text), cast(:payer as text), cast(:inputTokens as int), cast(:outputTokens as int),
         cast(:costMicros as bigint), cast(:priceVersion as text)
  from turn where cast(:payer as text) is not null
  returning case when cast(:addsToKey as boolean) then api_key_id end as api_key_id, cost_micros, created_at
), added_to_key as (
  ${ADD_TO_KEY}
), answer as (
  ${storeAnswer}
), next as (
  select turns.session_id, turns.lease_owner from turns, turn
  where turns.session_id = turn.session_id and turns.state = 'queued' order by turns.position limit 1
)
select answer.*, next.lease_owner as next_owner,
  case when next.lease_owner <> :leaseOwner then pg_notify('parley_turn_next', next.session_id::text) end
from answer left join next on true`;

const FINISH = finishBy(`
  insert into messages
    (id, session_id, turn_id, position, role, content, status, sources, found_sources, model, model_reason,
     question_kind, question_need, input_tokens, output_tokens, finish_reason)
  select :messageId, session_id, id, position * 2 + 1, 'assistant', :content, :state, cast(:sources as jsonb),
         cast(:foundSources as jsonb), :model,
         :modelReason, :questionKind, cast(:questionNeed as smallint),
         cast(:inputTokens as int), cast(:outputTokens as int), :finishReason
  from turn returning *`);

/** What was written extends the answer; where nothing was, that stays as it is. */
const FINISH_CONTINUATION = finishBy(`
  update messages set content = messages.content || written.text,
    status = case when written.text = '' then status else :state end,
    finish_reason = case when written.text = '' then finish_reason else coalesce(:finishReason, finish_reason) end,
    sources = case when written.text = '' then sources else cast(:sources as jsonb) end,
    model = coalesce(:model, model),
    input_tokens = coalesce(input_tokens, 0) + coalesce(cast(:inputTokens as int), 0),
    output_tokens = coalesce(output_tokens, 0) + coalesce(cast(:outputTokens as int), 0)
  from turn, lateral (select case when cast(:state as text) = 'failed' then '' else cast(:content as text) end as text) written
  where messages.id = turn.continues_message_id
  returning messages.*`);

/** A turn of this process that goes on being its own. */
export interface RenewedTurn {
  id: string;
  sessionId: string;
}

/** All of a message's images. */
export function imageUrlsOf({ imageUrl, imageUrls }: Pick<IncomingMessage, 'imageUrl' | 'imageUrls'>): string[] {
  return imageUrls ?? (imageUrl ? [imageUrl] : []);
}

export function createTurnsRepository(db: Knex) {
  return {
    async accept(options: NewTurn): Promise<Accepted> {
      const { incoming } = options;
      const imageUrls = imageUrlsOf(incoming);
      const bindings = {
        turnId: options.turnId,
        messageId: options.messageId,
        leaseOwner: options.leaseOwner,
        leaseMs: options.leaseMs,
        platform: incoming.platform,
        eventId: incoming.eventId,
        askedMessageId: incoming.messageId ?? null,
        editedAt: incoming.editedAt ?? null,
        userId: incoming.userId,
        sessionId: incoming.sessionId,
        authorName: incoming.authorName ?? null,
        content: incoming.text,
        replacesTurnId: options.replacesTurnId,
        imageUrl: imageUrls[0] ?? null,
        imageUrls: JSON.stringify(imageUrls),
        isPrivate: incoming.place.isPrivate,
        place: JSON.stringify(incoming.place),
        history: incoming.history ? JSON.stringify(incoming.history) : null,
        delivery: incoming.delivery === undefined ? null : JSON.stringify(incoming.delivery),
      };
      for (;;) {
        try {
          const { rows } = await retryDeadlock(async () => db.raw(ACCEPT, bindings).options(prepared('turn_accept')));
          const [row] = rows;
          if (row.sessions === 0) return { outcome: 'session_not_found' };
          if (row.wanted === 0) return { outcome: 'replaced_before' };
          const isKnownBy = incoming.eventId ?? incoming.messageId ?? null;
          if (!row.turn) return { outcome: isKnownBy === null ? 'replaced_before' : 'duplicate' };
          return {
            outcome: 'accepted',
            turn: toTurnToAnswer({ ...row, ...row.turn, created_at: row.turn_created_at }),
            userMessage: toMessage({ ...row.message, created_at: row.message_created_at } as MessageRow),
          };
        } catch (error) {
          // Another press of the same button was faster, and its turn is the one.
          if (isForeignKeyViolation(error, 'inbox_events_turn_id_foreign')) return { outcome: 'replaced_before' };
          if (isForeignKeyViolation(error, 'asked_messages_turn_id_foreign')) return { outcome: 'duplicate' };
          // Two messages found the session idle at once; the later one tries again and waits in line.
          if (!isUniqueViolation(error, 'turns_one_running_per_session')) throw error;
        }
      }
    },

    async findByEvent(platform: Platform, eventId: string): Promise<Turn | null> {
      const row = await db('turns')
        .join('inbox_events', 'inbox_events.turn_id', 'turns.id')
        .where({ 'inbox_events.platform': platform, event_id: eventId })
        .first('turns.*');
      return row ? toTurn(row) : null;
    },

    async findByMessage(platform: Platform, messageId: string): Promise<Turn | null> {
      const row = await db('turns')
        .join('asked_messages', 'asked_messages.turn_id', 'turns.id')
        .where({ 'asked_messages.platform': platform, message_id: messageId })
        .first('turns.*');
      return row ? toTurn(row) : null;
    },

    async find(id: string): Promise<Turn | null> {
      const row = await db('turns').where({ id }).first();
      return row ? toTurn(row) : null;
    },

    /** The turn or, when its question was edited, the one that answers it since. */
    async findCurrent(id: string): Promise<Turn | null> {
      const row = await db('turns')
        .where({ id })
        .orWhere('id', '=', db('turns').where({ id }).select('superseded_by'))
        .orderByRaw('superseded_by nulls first')
        .first();
      return row ? toTurn(row) : null;
    },

    /** Of these turns, those that others have taken the place of. */
    async listSuperseded(ids: string[]): Promise<Turn[]> {
      return (await db('turns').whereIn('id', ids).whereNotNull('superseded_by')).map(toTurn);
    },

    /** The turns whose place this one has taken. */
    async listIdsBefore(id: string): Promise<string[]> {
      return db('turns').where({ superseded_by: id }).pluck('id');
    },

    /** A turn that waits in line for this process. */
    async findWaiting(id: string, leaseOwner: string): Promise<TurnToAnswer | null> {
      const row = await db('turns')
        .join('users', 'users.id', 'turns.user_id')
        .where({ 'turns.id': id, lease_owner: leaseOwner, state: 'queued' })
        .first('turns.*', db.raw(ASKER_SETTINGS));
      return row ? toTurnToAnswer(row) : null;
    },

    /** Takes the turn that is next in a session, if it is for this process to run. */
    async claimNext(sessionId: string, lease: { leaseOwner: string; leaseMs: number }): Promise<TurnToAnswer | null> {
      const { rows } = await db.raw(CLAIM, { sessionId, ...lease }).options(prepared('turn_claim'));
      return rows[0] ? toTurnToAnswer(rows[0]) : null;
    },

    /**
     * @param turn.addsToKey whether what it cost counts for its key at once; otherwise the caller sees to it
     * @returns null when the lease was lost: another process has taken the turn over, and its answer counts
     */
    async finish(
      turn: { turnId: string; leaseOwner: string; addsToKey: boolean; isContinuation: boolean },
      answer: FinishedAnswer,
    ): Promise<{ answer: Message; nextOwner: string | null } | null> {
      const { isContinuation, ...bindings } = turn;
      const { rows } = await db
        .raw(isContinuation ? FINISH_CONTINUATION : FINISH, {
          ...bindings,
          messageId: answer.messageId,
          state: answer.state,
          errorCode: answer.errorCode,
          content: answer.content,
          sources: JSON.stringify(answer.sources),
          foundSources: JSON.stringify(answer.foundSources ?? []),
          model: answer.model,
          modelReason: answer.modelReason ?? null,
          questionKind: answer.routed?.kind ?? null,
          questionNeed: answer.routed?.need ?? null,
          inputTokens: answer.usage?.inputTokens ?? null,
          outputTokens: answer.usage?.outputTokens ?? null,
          finishReason: answer.finishReason ?? null,
          spentModel: answer.spending?.model ?? null,
          payer: answer.spending?.payer ?? null,
          costMicros: answer.spending?.costMicros ?? null,
          priceVersion: answer.spending?.priceVersion ?? null,
        })
        .options(prepared(isContinuation ? 'turn_finish_continuation' : 'turn_finish'));
      return rows[0] ? { answer: toMessage(rows[0]), nextOwner: rows[0].next_owner } : null;
    },

    async saveNotices(turnId: string, notices: string[]): Promise<void> {
      await db('turns')
        .where({ id: turnId })
        .update({ notices: JSON.stringify(notices) });
    },

    /** Whoever shows a turn whose question was edited meanwhile may not have heard of it. */
    async saveDelivery(turnId: string, delivery: unknown): Promise<void> {
      await db('turns')
        .where({ id: turnId })
        .orWhere('id', '=', db('turns').where({ id: turnId }).select('superseded_by'))
        .update({ delivery: JSON.stringify(delivery) });
    },

    /** Keeps this process's turns, running and waiting, from being taken over. */
    async renewLeases(lease: { leaseOwner: string; leaseMs: number }): Promise<RenewedTurn[]> {
      const { rows } = await db.raw(
        `update turns set lease_until = now() + :leaseMs * interval '1 millisecond'
         where lease_owner = :leaseOwner and state in ('queued', 'running') returning id, session_id`,
        lease,
      );
      return rows.map((row: TurnRow) => ({ id: row.id, sessionId: row.session_id }));
    },

    /** Gives up turns at once, so that others need not wait for the leases to run out; null means everybody's. */
    async releaseLeases(leaseOwner: string | null): Promise<void> {
      const query = db('turns').whereIn('state', ['queued', 'running']);
      if (leaseOwner !== null) query.where({ lease_owner: leaseOwner });
      await query.update({ lease_until: new Date(0) });
    },

    /** Sessions whose head of line nobody looks after any more, in order of arrival. */
    async findAbandonedSessions(limit: number): Promise<string[]> {
      const rows = await db('turns')
        .whereIn('state', ['queued', 'running'])
        .whereRaw('lease_until < now()')
        .groupBy('session_id')
        .orderByRaw('min(position)')
        .limit(limit)
        .select('session_id');
      return rows.map((row) => row.session_id);
    },

    /** Those of these turns that have not been deleted. */
    async findKept(ids: string[]): Promise<Set<string>> {
      return new Set(await db('turns').whereIn('id', ids).pluck('id'));
    },

    async countUnfinished(): Promise<number> {
      const row = await db('turns').whereIn('state', ['queued', 'running']).count().first();
      return Number(row?.count ?? 0);
    },
  };
}
