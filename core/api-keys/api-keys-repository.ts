import type { Knex } from 'knex';
import { decodeCursor, type Page, type PageRequest, toPage } from '../db/page.ts';
import type { ApiKey, ApiKeySettings } from './api-key.ts';

interface ApiKeyRow {
  id: string;
  user_id: string;
  name: string;
  prefix: string;
  is_active: boolean;
  monthly_cap_micros: number | null;
  models: string[] | null;
  created_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
  /** `created_at` as text: a Date would lose the microseconds that the cursor needs. */
  created_key: string;
}

function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    prefix: row.prefix,
    isActive: row.is_active,
    monthlyCapMicros: row.monthly_cap_micros,
    models: row.models,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  };
}

export function createApiKeysRepository(db: Knex) {
  return {
    /** @returns false when the person has a key of that name */
    async insert(key: ApiKey & { hash: string }, trx: Knex): Promise<boolean> {
      const inserted = await trx('api_keys')
        .insert({
          id: key.id,
          user_id: key.userId,
          name: key.name,
          prefix: key.prefix,
          hash: key.hash,
          is_active: key.isActive,
          monthly_cap_micros: key.monthlyCapMicros,
          models: key.models,
          created_at: key.createdAt,
          expires_at: key.expiresAt,
        })
        .onConflict(['user_id', 'name'])
        .ignore()
        .returning('id');
      return inserted.length > 0;
    },

    async findByHash(hash: string): Promise<ApiKey | null> {
      const row = await db('api_keys').where({ hash }).first();
      return row ? toApiKey(row) : null;
    },

    async countOf(userId: string, trx: Knex): Promise<number> {
      const row = await trx('api_keys').where({ user_id: userId }).count().first();
      return Number(row?.count ?? 0);
    },

    /** Newest first. */
    async listOf(userId: string, page: PageRequest): Promise<Page<ApiKey>> {
      const after = decodeCursor(page.cursor, 2);
      const query = db('api_keys')
        .where({ user_id: userId })
        .select<ApiKeyRow[]>(
          'api_keys.*',
          db.raw(`to_char(created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_key`),
        )
        .orderBy([
          { column: 'created_at', order: 'desc' },
          { column: 'id', order: 'desc' },
        ])
        .limit(page.limit + 1);
      if (after) query.whereRaw('(created_at, id) < (?::timestamptz, ?::uuid)', after);
      return toPage(await query, {
        limit: page.limit,
        toItem: toApiKey,
        toKey: (row) => [row.created_key, row.id],
      });
    },

    /** Changes a key and tells every process, in one transaction. */
    async change(
      userId: string,
      name: string,
      { settings, channel }: { settings: Partial<ApiKeySettings>; channel: string },
    ): Promise<ApiKey | null> {
      return db.transaction(async (trx) => {
        const [row] = await trx('api_keys')
          .where({ user_id: userId, name })
          // What is undefined stays as it is; null takes a limit away.
          .update({
            name,
            is_active: settings.isActive,
            monthly_cap_micros: settings.monthlyCapMicros,
            models: settings.models,
            expires_at: settings.expiresAt,
          })
          .returning('*');
        if (!row) return null;
        await trx.raw('select pg_notify(?, ?)', [channel, row.id]);
        return toApiKey(row);
      });
    },

    /** Removes a key and tells every process, in one transaction. Gives its id. */
    async remove(userId: string, name: string, { channel }: { channel: string }): Promise<string | null> {
      return db.transaction(async (trx) => {
        const [row] = await trx('api_keys').where({ user_id: userId, name }).delete().returning('id');
        if (!row) return null;
        await trx.raw('select pg_notify(?, ?)', [channel, row.id]);
        return row.id;
      });
    },

    async noteUse(id: string, now: Date): Promise<void> {
      await db('api_keys').where({ id }).update({ last_used_at: now });
    },
  };
}
