import type { Knex } from 'knex';
import type { Platform } from '../users/platform.ts';
import type { PlaceSettings } from './place-settings.ts';

export interface PlaceKey {
  platform: Platform;
  space: string;
  /** Null for the whole space. */
  channel: string | null;
}

/** Keeps what was set before, key by key, so that two admins who change different settings both succeed. */
const UPDATE = `
insert into place_settings (platform, space, channel, settings)
values (:platform, :space, :channel, cast(:changes as jsonb))
on conflict (platform, space, channel) do update set
  settings = place_settings.settings || excluded.settings || case when excluded.settings -> 'extra' is not null
    then jsonb_build_object('extra', coalesce(place_settings.settings -> 'extra', '{}') || (excluded.settings -> 'extra'))
    else '{}' end,
  updated_at = now()
returning pg_notify(:notice, place_settings.space)`;

export function createPlacesRepository(db: Knex) {
  return {
    async findSet({
      platform,
      space,
      channel,
    }: PlaceKey): Promise<Record<'space' | 'channel', Partial<PlaceSettings>>> {
      const rows = await db('place_settings')
        .where({ platform, space })
        .where((either) => either.whereNull('channel').orWhere({ channel }))
        .select('channel', 'settings');
      const ofSpace = rows.find((row) => row.channel === null);
      const ofChannel = rows.find((row) => row.channel !== null);
      return { space: ofSpace?.settings ?? {}, channel: ofChannel?.settings ?? {} };
    },

    /** Other processes are told through `notice`, with the space as payload. */
    async update(key: PlaceKey, changes: Partial<PlaceSettings>, notice: string): Promise<void> {
      await db.raw(UPDATE, { ...key, changes: JSON.stringify(changes), notice });
    },
  };
}
