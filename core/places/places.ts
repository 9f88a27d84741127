import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { FindModelName } from '../models/model-names.ts';
import type { Clock } from '../ports/clock.ts';
import { mergePlaceSettings, type PlaceSettings } from './place-settings.ts';
import { createPlacesRepository, type PlaceKey } from './places-repository.ts';

export interface PlacesOptions {
  db: Knex;
  clock: Clock;
  findModelName: FindModelName;
  /** Tells what other processes send on a channel of the database, and when something of it may have been missed. */
  subscribe(channel: string, handler: (payload: string) => void, onGap?: () => void): void;
}

interface Cached {
  settings: PlaceSettings;
  space: string;
  until: number;
}

const CHANGED = 'parley_place_changed';
/** Changes arrive at once by signal; this is for a signal missed while the line to the database was down. */
const CACHE_MS = 30_000;
const MOST_CACHED = 5000;

/** What is set for each channel and each space of the chat platforms. */
export function createPlaces({ db, clock, findModelName, subscribe }: PlacesOptions) {
  const rows = createPlacesRepository(db);
  const cache = new Map<string, Cached>();
  /** Raised by every change, so that what was read before one is not kept after it. */
  let changes = 0;

  function forget(space: string): void {
    changes += 1;
    for (const [key, cached] of cache) if (cached.space === space) cache.delete(key);
  }
  subscribe(CHANGED, forget, () => {
    changes += 1;
    cache.clear();
  });

  async function read(key: PlaceKey): Promise<PlaceSettings> {
    return mergePlaceSettings(await rows.findSet(key));
  }

  /** One that was there when it was chosen may be sent again with other changes, as forms do. */
  async function withKnownModel(key: PlaceKey, wanted: Partial<PlaceSettings>): Promise<Partial<PlaceSettings>> {
    if (!wanted.model || wanted.model === (await read(key)).model) return wanted;
    return { ...wanted, model: await findModelName(wanted.model) };
  }

  return {
    /** The channel's own settings over the space's over the defaults; a place without a space has the defaults. */
    async settings({ space, ...place }: Omit<PlaceKey, 'space'> & { space: string | null }): Promise<PlaceSettings> {
      if (space === null) return mergePlaceSettings({ space: {}, channel: {} });
      const key = JSON.stringify([place.platform, space, place.channel]);
      const cached = cache.get(key);
      const now = clock.now().getTime();
      if (cached && cached.until > now) return cached.settings;

      const changesBefore = changes;
      const settings = await read({ ...place, space });
      if (cache.size >= MOST_CACHED) cache.clear();
      if (changes === changesBefore) cache.set(key, { settings, space, until: now + CACHE_MS });
      return settings;
    },

    /**
     * Changes what is set there and leaves the rest; of `extra`, too, only the entries given change.
     * Who may is for the platform's adapter to decide.
     * @throws AppError `model_unknown` for a model that is not there, naming those that are
     */
    async update({ changes: wanted, ...key }: PlaceKey & { changes: Partial<PlaceSettings> }): Promise<PlaceSettings> {
      if (key.space === '') throw new AppError('invalid_request', 'Settings belong to a space.');
      await rows.update(key, await withKnownModel(key, wanted), CHANGED);
      forget(key.space);
      return read(key);
    },
  };
}
