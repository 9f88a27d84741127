import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { Platform } from './platform.ts';
import type { User } from './user.ts';

interface UserRow {
  id: string;
  display_name: string;
  created_at: Date;
}

function toUser(row: UserRow): User {
  return { id: row.id, displayName: row.display_name, createdAt: row.created_at };
}

export interface NewIdentity {
  platform: Platform;
  platformUserId: string;
  displayName: string;
}

export function createUsersRepository(db: Knex) {
  return {
    async insert(displayName: string): Promise<User> {
      const [row] = await db('users').insert({ id: randomUUID(), display_name: displayName }).returning('*');
      return toUser(row);
    },

    async find(id: string): Promise<User | null> {
      const row = await db('users').where({ id }).first();
      return row ? toUser(row) : null;
    },

    async isAnonymous(id: string): Promise<boolean> {
      const known = await db('identities')
        .where({ user_id: id })
        .select('user_id')
        .unionAll(db('accounts').where({ user_id: id }).select('user_id'))
        .first();
      return known === undefined;
    },

    async findByIdentity(platform: Platform, platformUserId: string): Promise<User | null> {
      const row = await db('users')
        .join('identities', 'identities.user_id', 'users.id')
        .where({ platform, platform_user_id: platformUserId })
        .select('users.*')
        .first();
      return row ? toUser(row) : null;
    },

    /** Inserts a user with their first identity; null when another process was first with that identity. */
    async insertWithIdentity(identity: NewIdentity): Promise<User | null> {
      return db.transaction(async (trx) => {
        const [user] = await trx('users')
          .insert({ id: randomUUID(), display_name: identity.displayName })
          .returning('*');
        const identities = await trx('identities')
          .insert({
            id: randomUUID(),
            user_id: user.id,
            platform: identity.platform,
            platform_user_id: identity.platformUserId,
            display_name: identity.displayName,
          })
          .onConflict(['platform', 'platform_user_id'])
          .ignore()
          .returning('id');
        if (identities.length > 0) return toUser(user);
        await trx('users').where({ id: user.id }).delete();
        return null;
      });
    },
  };
}
