import type { Knex } from 'knex';

export interface NewLinkCode {
  codeHash: string;
  userId: string;
  identityId: string | null;
  platform: string;
  delivery: unknown;
  expiresAt: Date;
}

export function createLinksRepository(db: Knex) {
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
