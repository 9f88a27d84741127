import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { ProfileProvider } from '../ports/profile-reader.ts';

/** A switch that is on. */
export interface ProfileSource {
  sourceId: string;
  identityId: string;
  provider: ProfileProvider;
  /** When it was last read; null before the first time. */
  lastReadAt: Date | null;
  /** Why the last reading failed, in words for the person; what was read before it is kept. */
  lastError: string | null;
}

interface Row {
  source_id: string;
  identity_id: string;
  platform: ProfileProvider;
  last_synced_at: Date | null;
  last_error: string | null;
}

function toProfileSource(row: Row): ProfileSource {
  return {
    sourceId: row.source_id,
    identityId: row.identity_id,
    provider: row.platform,
    lastReadAt: row.last_synced_at,
    lastError: row.last_error,
  };
}

export function createProfileSourcesRepository(db: Knex) {
  const select = () =>
    db('profile_sources')
      .join('identities', 'identities.id', 'profile_sources.identity_id')
      .join('sources', 'sources.id', 'profile_sources.source_id')
      .select('source_id', 'identity_id', 'platform', 'sources.last_synced_at', 'sources.last_error');

  return {
    async list(userId: string): Promise<ProfileSource[]> {
      return (await select().where({ user_id: userId }).orderBy('consented_at')).map(toProfileSource);
    },

    async findByIdentity(identityId: string): Promise<ProfileSource | null> {
      const row = await select().where({ identity_id: identityId }).first();
      return row ? toProfileSource(row) : null;
    },

    /** Turns the switch of a linked account on, with a source for that person alone; nothing where it is on already. */
    async insert(options: { identityId: string; userId: string; title: string; at: Date }): Promise<void> {
      const { identityId, userId, title, at } = options;
      const [source] = await db('sources')
        .insert({
          id: randomUUID(),
          kind: 'profile',
          location: `profile:${identityId}`,
          title,
          audience: [`user:${userId}`],
        })
        .onConflict('location')
        .ignore()
        .returning('id');
      if (!source) return;
      const row = { source_id: source.id, identity_id: identityId, consented_at: at, next_read_at: at };
      await db('profile_sources').insert(row);
    },

    /**
     * The one that has waited longest of those that are due. It is not due again before `until`, so that no other
     * process takes it too.
     */
    async claimDue(now: Date, until: Date): Promise<ProfileSource | null> {
      const due = db('profile_sources')
        .where('next_read_at', '<=', now)
        .orderBy('next_read_at')
        .limit(1)
        .forUpdate()
        .skipLocked()
        .select('source_id');
      // With "in" PostgreSQL may run the subquery for each row, and claim every one that is due.
      const [claimed] = await db('profile_sources')
        .where('source_id', '=', due)
        .update({ next_read_at: until })
        .returning('identity_id');
      return claimed ? this.findByIdentity(claimed.identity_id) : null;
    },

    async readAgainAt(sourceId: string, at: Date): Promise<void> {
      await db('profile_sources').where({ source_id: sourceId }).update({ next_read_at: at });
    },

    /** Leaves a provider alone until then, for everybody. */
    async pause(provider: ProfileProvider, until: Date): Promise<void> {
      await db('profile_sources')
        .whereIn('identity_id', db('identities').where({ platform: provider }).select('id'))
        .where('next_read_at', '<', until)
        .update({ next_read_at: until });
    },
  };
}
