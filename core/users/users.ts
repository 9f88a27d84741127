import type { Knex } from 'knex';
import type { User } from './user.ts';
import { createUsersRepository, type NewIdentity } from './users-repository.ts';

export type Users = ReturnType<typeof createUsers>;

/** People, and who they are on each platform. */
export function createUsers({ db }: { db: Knex }) {
  const rows = createUsersRepository(db);
  return {
    /** An anonymous person on a website; what makes them the same person next time is their token. */
    createVisitor(): Promise<User> {
      return rows.insert('Visitor');
    },

    find(id: string): Promise<User | null> {
      return rows.find(id);
    },

    /** Whether a token in a browser is all that makes this person who they are: no account, nowhere known. */
    isAnonymous(id: string): Promise<boolean> {
      return rows.isAnonymous(id);
    },

    /** Null for somebody who has never been seen. */
    findByIdentity({ platform, platformUserId }: Omit<NewIdentity, 'displayName'>): Promise<User | null> {
      return rows.findByIdentity(platform, platformUserId);
    },

    /** The person behind an identity on a platform, created when first seen. */
    async findOrCreate(identity: NewIdentity): Promise<User> {
      for (;;) {
        const user =
          (await rows.findByIdentity(identity.platform, identity.platformUserId)) ??
          (await rows.insertWithIdentity(identity));
        if (user) return user;
      }
    },
  };
}
