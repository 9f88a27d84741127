import { describe, expect, it } from 'vitest';
import { createModelNames } from '../../../core/models/model-names.ts';
import { createPlaces } from '../../../core/places/places.ts';
import type { CatalogueModel } from '../../../core/ports/catalogue-model.ts';
import { createTurnSignals } from '../../../core/turns/turn-signals.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { createTestClock } from '../../support/test-clock.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';
import { createTestNotifications } from '../../support/test-notifications.ts';

const guild = { platform: 'discord', space: 'discord:1' } as const;

/** Knows `small` and `Large`, and once knew `gone`. */
let wasGoneThere = false;
const findModelName = createModelNames({
  offered: { list: async () => [{ id: 'small' }, { id: 'Large' }] as CatalogueModel[] },
  usualModel: 'auto',
  isAtServer: async (name) => name === 'gone' && wasGoneThere,
});

/** One process's view of the settings. */
async function createTestPlaces({ db, url }: TestDatabase) {
  const signals = createTurnSignals({ db, notifications: createTestNotifications(url), logger: createSilentLogger() });
  const clock = createTestClock();
  const places = createPlaces({ db, clock, subscribe: signals.subscribe, findModelName });
  await signals.start({ onNext() {}, onStop() {} });
  return { places, clock, [Symbol.asyncDispose]: () => signals.stop() };
}

describe('the settings of a place', () => {
  it('are the defaults where nobody set anything, and in DMs', async () => {
    await using database = await createTestDatabase();
    await using t = await createTestPlaces(database);
    const defaults = { isEnabled: true, mentionNeeded: true, instructions: '', model: null, extra: {} };

    expect(await t.places.settings({ ...guild, channel: 'general' })).toEqual(defaults);
    expect(await t.places.settings({ platform: 'discord', space: null, channel: 'dm' })).toEqual(defaults);
  });

  it('hold no model that nobody has, and one by its own name', async () => {
    await using database = await createTestDatabase();
    await using t = await createTestPlaces(database);
    const place = { ...guild, channel: 'general' };

    await expect(t.places.update({ ...place, changes: { model: 'smal', isEnabled: false } })).rejects.toMatchObject({
      code: 'model_unknown',
      message: 'There is no model of that name. Choose one of these: auto, small, Large.',
    });
    expect(await t.places.settings(place)).toMatchObject({ model: null, isEnabled: true });
    expect(await t.places.update({ ...place, changes: { model: 'large' } })).toMatchObject({ model: 'Large' });
    expect(await t.places.update({ ...place, changes: { model: null } })).toMatchObject({ model: null });
  });

  it('are changed beside a model that has gone since it was chosen', async () => {
    await using database = await createTestDatabase();
    await using t = await createTestPlaces(database);
    const place = { ...guild, channel: 'general' };
    wasGoneThere = true;
    await t.places.update({ ...place, changes: { model: 'gone' } });
    wasGoneThere = false;

    const changed = await t.places.update({ ...place, changes: { model: 'gone', instructions: 'Be brief.' } });

    expect(changed).toMatchObject({ model: 'gone', instructions: 'Be brief.' });
  });

  it("are the channel's own over the space's over the defaults", async () => {
    await using database = await createTestDatabase();
    await using t = await createTestPlaces(database);
    await t.places.update({ ...guild, channel: null, changes: { isEnabled: false, instructions: 'Be brief.' } });
    await t.places.update({ ...guild, channel: 'general', changes: { isEnabled: true, model: 'small' } });

    expect(await t.places.settings({ ...guild, channel: 'general' })).toMatchObject({
      isEnabled: true,
      instructions: 'Be brief.',
      model: 'small',
    });
    expect(await t.places.settings({ ...guild, channel: 'random' })).toMatchObject({ isEnabled: false, model: null });
    expect(await t.places.settings({ ...guild, space: 'discord:2', channel: 'general' })).toMatchObject({
      instructions: '',
    });
  });

  it('keep what one admin set when another sets something else at the same time', async () => {
    await using database = await createTestDatabase();
    await using t = await createTestPlaces(database);

    await Promise.all([
      t.places.update({ ...guild, channel: 'a', changes: { mentionNeeded: false } }),
      t.places.update({ ...guild, channel: 'a', changes: { extra: { cooldown: 5 } } }),
      t.places.update({ ...guild, channel: 'a', changes: { extra: { level: 'mod' } } }),
    ]);

    expect(await t.places.settings({ ...guild, channel: 'a' })).toMatchObject({
      mentionNeeded: false,
      extra: { cooldown: 5, level: 'mod' },
    });
  });

  it('change at once in other processes, which had read them before', async () => {
    await using database = await createTestDatabase();
    await using here = await createTestPlaces(database);
    await using there = await createTestPlaces(database);
    expect(await there.places.settings({ ...guild, channel: 'a' })).toMatchObject({ isEnabled: true });

    const changed = await here.places.update({ ...guild, channel: null, changes: { isEnabled: false } });

    expect(changed).toMatchObject({ isEnabled: false });
    await expect.poll(() => there.places.settings({ ...guild, channel: 'a' })).toMatchObject({ isEnabled: false });
  });

  it('are read again after a while, should a signal have been missed', async () => {
    await using database = await createTestDatabase();
    await using t = await createTestPlaces(database);
    await database.db('place_settings').insert({ ...guild, channel: 'a', settings: { model: 'one' } });
    await t.places.settings({ ...guild, channel: 'a' });
    await database.db('place_settings').update({ settings: { model: 'two' } });

    expect(await t.places.settings({ ...guild, channel: 'a' })).toMatchObject({ model: 'one' });
    t.clock.advance(31_000);

    expect(await t.places.settings({ ...guild, channel: 'a' })).toMatchObject({ model: 'two' });
  });
});
