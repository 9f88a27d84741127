import type { Knex } from 'knex';

/** In which messages the outcome of a request is being shown. Saved before and after each message is posted. */
export interface Progress {
  /**
   * `none`: nothing to be seen yet; `stream`: chat.startStream and so on; `message`: posted and edited; `reply`: only
   * the asker sees it.
   */
  mode: 'none' | 'stream' | 'message' | 'reply';
  channel: string;
  threadTs: string | null;
  /** The first message; null while it is not known whether it was posted. */
  ts: string | null;
  /** The messages after it, where one was not enough. */
  more: string[];
}

export interface SlackRequest {
  id: string;
  teamId: string;
  /** Encrypted; null when done. */
  request: string | null;
  turnId: string | null;
  progress: Progress | null;
  attempts: number;
}

export interface Lease {
  owner: string;
  ms: number;
}

interface RequestRow {
  id: string;
  team_id: string;
  request: string | null;
  turn_id: string | null;
  progress: Progress | null;
  attempts: number;
}

function toRequest(row: RequestRow): SlackRequest {
  return {
    id: row.id,
    teamId: row.team_id,
    request: row.request,
    turnId: row.turn_id,
    progress: row.progress,
    attempts: row.attempts,
  };
}

/** Long after Slack's last redelivery, which may come an hour late, or a day for events it held back. */
const KEEP_DONE = "interval '2 days'";

export type SlackRequestsRepository = ReturnType<typeof createSlackRequestsRepository>;

export function createSlackRequestsRepository(db: Knex) {
  const leaseUntil = (lease: Lease) => db.raw("now() + ? * interval '1 millisecond'", [lease.ms]);

  return {
    /** False when Slack has delivered this before. */
    async record(request: { id: string; teamId: string; request: string }, lease: Lease): Promise<boolean> {
      const rows = await db('slack_requests')
        .insert({
          id: request.id,
          team_id: request.teamId,
          request: request.request,
          lease_owner: lease.owner,
          lease_until: leaseUntil(lease),
        })
        .onConflict('id')
        .ignore()
        .returning('id');
      return rows.length > 0;
    },

    async saveTurn(id: string, turnId: string): Promise<void> {
      await db('slack_requests').where({ id }).update({ turn_id: turnId });
    },

    /** False when another process has taken the request over: what it shows counts. */
    async saveProgress(id: string, owner: string, progress: Progress): Promise<boolean> {
      const count = await db('slack_requests')
        .where({ id, lease_owner: owner, done_at: null })
        .update({ progress: JSON.stringify(progress) });
      return count > 0;
    },

    async finish(id: string, owner: string): Promise<void> {
      await db('slack_requests')
        .where({ id, lease_owner: owner })
        .update({ done_at: db.fn.now(), request: null, lease_owner: null, lease_until: null });
    },

    async renew(lease: Lease): Promise<void> {
      await db('slack_requests')
        .where({ lease_owner: lease.owner, done_at: null })
        .update({ lease_until: leaseUntil(lease) });
    },

    /** Lets others take requests up at once; null id means all of this owner's. */
    async release(owner: string, id: string | null, { afterMs }: { afterMs: number }): Promise<void> {
      const query = db('slack_requests').where({ lease_owner: owner, done_at: null });
      if (id !== null) query.where({ id });
      await query.update({ lease_owner: null, lease_until: leaseUntil({ owner, ms: afterMs }) });
    },

    /** Requests whose outcome nobody is showing any more, now this owner's. */
    async claimAbandoned(lease: Lease, limit: number): Promise<SlackRequest[]> {
      const rows = await db('slack_requests')
        .whereIn('id', (query) =>
          query
            .from('slack_requests')
            .whereNull('done_at')
            .whereRaw('lease_until < now()')
            .orderBy('created_at')
            .limit(limit)
            .forUpdate()
            .skipLocked()
            .select('id'),
        )
        .update({ lease_owner: lease.owner, lease_until: leaseUntil(lease), attempts: db.raw('attempts + 1') })
        .returning('*');
      return rows.map(toRequest);
    },

    /** Takes over the request of a turn that this process took over. */
    async claimOfTurn(turnId: string, lease: Lease): Promise<SlackRequest | null> {
      const [row] = await db('slack_requests')
        .where({ turn_id: turnId, done_at: null })
        .update({ lease_owner: lease.owner, lease_until: leaseUntil(lease), attempts: db.raw('attempts + 1') })
        .returning('*');
      return row ? toRequest(row) : null;
    },

    /** In which messages a request's outcome stands. */
    async findProgress(id: string): Promise<Progress | null> {
      const row = await db('slack_requests').where({ id }).first('progress');
      return row?.progress ?? null;
    },

    /** The unfinished turn whose answer is being shown in that message. */
    async findTurnByMessage(teamId: string, channel: string, ts: string): Promise<string | null> {
      const row = await db('slack_requests')
        .where({ team_id: teamId, done_at: null })
        .whereRaw("progress->>'channel' = ? and progress->>'ts' = ?", [channel, ts])
        .first('turn_id');
      return row?.turn_id ?? null;
    },

    /** The turns being answered in that DM or thread. */
    async findTurnsIn(teamId: string, channel: string, threadTs: string | null): Promise<string[]> {
      const query = db('slack_requests')
        .where({ team_id: teamId, done_at: null })
        .whereNotNull('turn_id')
        .whereRaw("progress->>'channel' = ?", [channel]);
      if (threadTs !== null) query.whereRaw("progress->>'threadTs' = ?", [threadTs]);
      return (await query.select('turn_id')).map((row) => row.turn_id);
    },

    /** Of these messages, those that show some request's outcome. */
    async findKnownMessages(teamId: string, channel: string, ts: string[]): Promise<string[]> {
      const rows = await db('slack_requests')
        .where({ team_id: teamId })
        .whereRaw("progress->>'channel' = ? and progress->>'ts' = any(?)", [channel, ts])
        .select(db.raw("progress->>'ts' as ts"));
      return rows.map((row) => row.ts);
    },

    async removeOld(): Promise<void> {
      await db('slack_requests').whereRaw(`done_at < now() - ${KEEP_DONE}`).delete();
    },
  };
}
