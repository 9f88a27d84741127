import type { Knex } from 'knex';

/** One of the two that are to become one person, as they recognise themselves. */
export interface LinkSide {
  /** Where they are called so; `web` for our own website. */
  platform: string;
  displayName: string;
  pictureUrl: string | null;
  /** With which they log in here; null without a password of ours. */
  username: string | null;
  chats: number;
}

/** @param known what is to be shown of this person: one of their identities, or themselves */
export async function findLinkSide(
  db: Knex,
  known: { userId: string; identityId: string | null },
): Promise<LinkSide | null> {
  const row = await db('users')
    .leftJoin('accounts', 'accounts.user_id', 'users.id')
    .leftJoin('identities', (join) =>
      join.on('identities.user_id', 'users.id').andOn('identities.id', db.raw('?::uuid', [known.identityId])),
    )
    .where('users.id', known.userId)
    .first({
      platform: db.raw(`coalesce(identities.platform, 'web')`),
      displayName: db.raw('coalesce(identities.display_name, users.display_name)'),
      pictureUrl: db.raw('coalesce(identities.picture_url, users.picture_url)'),
      username: 'accounts.username',
      chats: db('sessions').count().whereRaw('sessions.user_id = users.id'),
    });
  return row ?? null;
}
