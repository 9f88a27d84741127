import type { Knex } from 'knex';

/** A code that somebody asked for; what was shown once is only known as its hash. */
export interface LinkCode {
  userId: string;
  identityId: string | null;
  platform: string;
  isUsed: boolean;
}

export interface NewLinkCode {
  codeHash: string;
  userId: string;
  identityId: string | null;
  platform: string;
  delivery: unknown;
  expiresAt: Date;
}

interface LinkCodeRow {
  user_id: string;
  identity_id: string | null;
  platform: string;
  used_at: Date | null;
}

function toLinkCode(row: LinkCodeRow): LinkCode {
  return { userId: row.user_id, identityId: row.identity_id, platform: row.platform, isUsed: row.used_at !== null };
}

export function createLinksRepository(db: Knex) {
  const open = (codeHash: string, now: Date) =>
    db('link_codes').where({ code_hash: codeHash }).whereNull('used_at').where('expires_at', '>', now);

  return {
    /** Keeps a code in the place of the one this person had before, which is void from now on. */
    async putOpen(code: NewLinkCode): Promise<void> {
      const row = {
        code_hash: code.codeHash,
        user_id: code.userId,
        identity_id: code.identityId,
        platform: code.platform,
        delivery: code.delivery === undefined ? null : JSON.stringify(code.delivery),
        expires_at: code.expiresAt,
      };
      await db('link_codes').insert(row).onConflict(db.raw('(user_id) where used_at is null')).merge();
    },

    /** Null for one that never was, was replaced, or was not used in time. */
    async find(codeHash: string, now: Date): Promise<LinkCode | null> {
      const row = await db('link_codes')
        .where({ code_hash: codeHash })
        .whereRaw('(used_at is not null or expires_at > ?)', [now])
        .first();
      return row ? toLinkCode(row) : null;
    },

    /** Takes a code for its one use; of two at once, one finds it used. */
    async use(codeHash: string, now: Date): Promise<LinkCode | null> {
      const [row] = await open(codeHash, now).update({ used_at: now }).returning('*');
      return row ? toLinkCode(row) : null;
    },

    async remove(codeHash: string, now: Date): Promise<void> {
      await open(codeHash, now).delete();
    },

    /** Forgets what is over. */
    async clear(before: Date): Promise<void> {
      await db('link_codes').where('expires_at', '<', before).delete();
    },

    /** Notes how a person looks and is called on a platform now. Gives the identity's id, null when it is not theirs. */
    async refreshIdentity(
      userId: string,
      shown: { platform: string; platformUserId: string; displayName: string; pictureUrl: string | null },
    ): Promise<string | null> {
      const [row] = await db('identities')
        .where({ user_id: userId, platform: shown.platform, platform_user_id: shown.platformUserId })
        .update({
          display_name: shown.displayName,
          picture_url: db.raw('coalesce(?, picture_url)', [shown.pictureUrl]),
        })
        .returning('id');
      return row?.id ?? null;
    },
  };
}
