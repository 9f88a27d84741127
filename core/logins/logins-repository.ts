import type { Knex } from 'knex';

/** The channel on which every process hears the id of a login that has ended. */
export const LOGIN_ENDED = 'parley_login_ended';

/** One web sign-in of a person, in one browser or program. */
export interface Login {
  id: string;
  userId: string;
  userAgent: string | null;
  network: string | null;
  /** Through which sign-in provider; null for a password. */
  provider: string | null;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
}

interface LoginRow {
  id: string;
  user_id: string;
  user_agent: string | null;
  network: string | null;
  provider: string | null;
  created_at: Date;
  last_used_at: Date;
  expires_at: Date;
}

function toLogin(row: LoginRow): Login {
  return {
    id: row.id,
    userId: row.user_id,
    userAgent: row.user_agent,
    network: row.network,
    provider: row.provider,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
  };
}

export function createLoginsRepository(db: Knex) {
  const active = (now: Date) => db('logins').whereNull('ended_at').where('expires_at', '>', now);

  return {
    async insert({ cookieHash, ...login }: Login & { cookieHash: string | null }): Promise<void> {
      await db('logins').insert({
        id: login.id,
        user_id: login.userId,
        user_agent: login.userAgent,
        network: login.network,
        provider: login.provider,
        cookie_hash: cookieHash,
        created_at: login.createdAt,
        last_used_at: login.lastUsedAt,
        expires_at: login.expiresAt,
      });
    },

    async findActive(id: string, now: Date): Promise<Login | null> {
      const row = await active(now).where({ id }).first();
      return row ? toLogin(row) : null;
    },

    async findActiveByCookie(cookieHash: string, now: Date): Promise<Login | null> {
      const row = await active(now).where({ cookie_hash: cookieHash }).first();
      return row ? toLogin(row) : null;
    },

    async listActive(userId: string, now: Date): Promise<Login[]> {
      const rows = await active(now).where({ user_id: userId }).orderBy('last_used_at', 'desc').limit(200);
      return rows.map(toLogin);
    },

    async extend(id: string, { now, expiresAt }: { now: Date; expiresAt: Date }): Promise<void> {
      await db('logins').where({ id }).update({ last_used_at: now, expires_at: expiresAt });
    },

    async insertRefreshToken(token: { hash: string; loginId: string; expiresAt: Date }): Promise<void> {
      await db('refresh_tokens').insert({ hash: token.hash, login_id: token.loginId, expires_at: token.expiresAt });
    },

    /** Takes a token for its one use; of two at once, one finds it used, and since when. */
    async useRefreshToken(hash: string, now: Date): Promise<{ loginId: string; usedBefore: Date | null } | null> {
      const [first] = await db('refresh_tokens')
        .where({ hash })
        .whereNull('used_at')
        .where('expires_at', '>', now)
        .update({ used_at: now })
        .returning('login_id');
      if (first) return { loginId: first.login_id, usedBefore: null };
      const known = await db('refresh_tokens').where({ hash }).whereNotNull('used_at').first('login_id', 'used_at');
      return known ? { loginId: known.login_id, usedBefore: known.used_at } : null;
    },

    /** Ends logins and tells every process, in one transaction. Gives the ids of those that were running. */
    async end(which: { userId?: string; id?: string; exceptId?: string }, { now }: { now: Date }): Promise<string[]> {
      return db.transaction(async (trx) => {
        const query = trx('logins').whereNull('ended_at').where('expires_at', '>', now);
        if (which.userId !== undefined) query.where({ user_id: which.userId });
        if (which.id !== undefined) query.where({ id: which.id });
        if (which.exceptId !== undefined) query.whereNot({ id: which.exceptId });
        const ended = (await query.update({ ended_at: now, cookie_hash: null }).returning('id')).map(({ id }) => id);
        for (const id of ended) await trx.raw('select pg_notify(?, ?)', [LOGIN_ENDED, id]);
        return ended;
      });
    },

    /** Forgets what can no longer be used. */
    async clear(before: Date): Promise<void> {
      await db('refresh_tokens').where('expires_at', '<', before).delete();
      await db('logins').where('expires_at', '<', before).delete();
    },
  };
}
