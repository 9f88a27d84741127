import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';

/** Who somebody is, as they see it themselves. */
export interface Profile {
  id: string;
  /** Null for those who sign in through a provider only, and for visitors. */
  username: string | null;
  displayName: string;
  email: string | null;
  pictureUrl: string | null;
}

export interface NewAccount {
  username: string;
  usernameKey: string;
  email: string | null;
  emailKey: string | null;
  passwordHash: string;
}

export function createAccountsRepository(db: Knex) {
  return {
    async findProfile(userId: string): Promise<Profile | null> {
      const row = await db('users')
        .leftJoin('accounts', 'accounts.user_id', 'users.id')
        .where('users.id', userId)
        .first('users.id', 'accounts.username', 'users.display_name', 'users.email', 'users.picture_url');
      if (!row) return null;
      return {
        id: row.id,
        username: row.username,
        displayName: row.display_name,
        email: row.email,
        pictureUrl: row.picture_url,
      };
    },

    async isTaken({ usernameKey, emailKey }: Pick<NewAccount, 'usernameKey' | 'emailKey'>): Promise<boolean> {
      const query = db('accounts').where({ username_key: usernameKey });
      return (
        (await (emailKey === null ? query : query.orWhere({ email_key: emailKey })).first('user_id')) !== undefined
      );
    },

    /** Inserts a user with their account; null when the name or the address is taken. */
    async insert(account: NewAccount): Promise<string | null> {
      return db.transaction(async (trx) => {
        const userId = randomUUID();
        await trx('users').insert({ id: userId, display_name: account.username, email: account.email });
        const inserted = await trx('accounts')
          .insert({
            user_id: userId,
            username: account.username,
            username_key: account.usernameKey,
            email_key: account.emailKey,
            password_hash: account.passwordHash,
          })
          .onConflict()
          .ignore()
          .returning('user_id');
        if (inserted.length > 0) return userId;
        await trx('users').where({ id: userId }).delete();
        return null;
      });
    },

    async findByUser(userId: string) {
      const row = await db('accounts').where({ user_id: userId }).first('username', 'username_key', 'password_hash');
      if (!row) return null;
      return {
        username: row.username as string,
        usernameKey: row.username_key as string,
        passwordHash: row.password_hash as string,
      };
    },

    async updatePassword(userId: string, passwordHash: string): Promise<void> {
      await db('accounts').where({ user_id: userId }).update({ password_hash: passwordHash });
    },

    async findPassword(name: { usernameKey: string } | { emailKey: string }) {
      const where = 'usernameKey' in name ? { username_key: name.usernameKey } : { email_key: name.emailKey };
      const row = await db('accounts').where(where).first('user_id', 'password_hash');
      return row ? { userId: row.user_id as string, passwordHash: row.password_hash as string } : null;
    },
  };
}
