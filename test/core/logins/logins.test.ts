import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogins } from '../../../core/logins/logins.ts';
import { createTurnSignals } from '../../../core/turns/turn-signals.ts';
import { createUsers } from '../../../core/users/users.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { createTestClock } from '../../support/test-clock.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';
import { createTestNotifications } from '../../support/test-notifications.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const place = { userAgent: 'a browser', network: '192.0.2.1' };

describe('logins', () => {
  let t: TestDatabase;
  const clock = createTestClock();
  let logins: ReturnType<typeof createLogins>;
  beforeAll(async () => {
    t = await createTestDatabase();
    logins = createLogins({ db: t.db, clock, subscribe: () => {} });
  });
  afterAll(() => t[Symbol.asyncDispose]());

  const somebody = async () => (await createUsers({ db: t.db }).createVisitor()).id;

  it('are renewed by each refresh token once', async () => {
    const started = await logins.start(await somebody(), place);

    const second = await logins.refresh(started.refreshToken);
    const third = await logins.refresh(second.refreshToken);

    expect(third.login.id).toBe(started.login.id);
    expect(new Set([started, second, third].map(({ refreshToken }) => refreshToken)).size).toBe(3);
  });

  it('end for everybody when an old refresh token comes back', async () => {
    const started = await logins.start(await somebody(), place);
    const second = await logins.refresh(started.refreshToken);
    clock.advance(31_000);

    await expect(logins.refresh(started.refreshToken)).rejects.toMatchObject({ code: 'unauthorized' });

    expect(await logins.isActive(started.login.id)).toBe(false);
    await expect(logins.refresh(second.refreshToken)).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('renew for all that bring the same token at once, or seconds after an answer that was lost', async () => {
    const started = await logins.start(await somebody(), place);

    const atOnce = await Promise.all([1, 2, 3].map(() => logins.refresh(started.refreshToken)));
    clock.advance(29_000);
    const repeated = await logins.refresh(started.refreshToken);
    const next = await Promise.all([...atOnce, repeated].map(({ refreshToken }) => logins.refresh(refreshToken)));

    expect(new Set([...atOnce, repeated, ...next].map(({ refreshToken }) => refreshToken)).size).toBe(8);
    expect(await logins.isActive(started.login.id)).toBe(true);
  });

  it('that have ended are not renewed by a token that comes again at once', async () => {
    const started = await logins.start(await somebody(), place);
    await logins.refresh(started.refreshToken);
    await logins.end({ userId: started.login.userId, loginId: started.login.id });

    await expect(logins.refresh(started.refreshToken)).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('end after thirty days without use, and not before', async () => {
    const started = await logins.start(await somebody(), place);
    clock.advance(29 * DAY_MS);
    const renewed = await logins.refresh(started.refreshToken);
    clock.advance(29 * DAY_MS);
    expect(await logins.isActive(started.login.id)).toBe(true);

    clock.advance(DAY_MS);

    await expect(logins.refresh(renewed.refreshToken)).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await logins.isActive(started.login.id)).toBe(false);
  });

  it('go on by cookie as long as it is used', async () => {
    const { cookie, login } = await logins.startWithCookie(await somebody(), place);
    clock.advance(20 * DAY_MS);
    expect(await logins.findByCookie(cookie)).toMatchObject({ id: login.id });
    clock.advance(20 * DAY_MS);
    expect(await logins.findByCookie(cookie)).toMatchObject({ id: login.id });

    clock.advance(31 * DAY_MS);

    expect(await logins.findByCookie(cookie)).toBeNull();
  });

  it('keep neither cookies nor refresh tokens as they are', async () => {
    const userId = await somebody();
    const { refreshToken } = await logins.start(userId, place);
    const { cookie } = await logins.startWithCookie(userId, place);

    const stored = JSON.stringify([await t.db('logins'), await t.db('refresh_tokens')]);

    expect(stored).not.toContain(refreshToken);
    expect(stored).not.toContain(cookie);
  });

  it('are listed for their person only, and ended by their person only', async () => {
    const [ada, eve] = [await somebody(), await somebody()];
    const { login } = await logins.start(ada, place);

    expect((await logins.list(ada)).map(({ id }) => id)).toEqual([login.id]);
    expect(await logins.list(eve)).toEqual([]);
    await expect(logins.end({ userId: eve, loginId: login.id })).rejects.toMatchObject({ code: 'not_found' });
    expect(await logins.isActive(login.id)).toBe(true);

    await logins.end({ userId: ada, loginId: login.id });

    expect(await logins.isActive(login.id)).toBe(false);
    expect(await logins.list(ada)).toEqual([]);
  });

  it('can all be ended but the one in use', async () => {
    const ada = await somebody();
    const [kept, other] = [await logins.start(ada, place), await logins.startWithCookie(ada, place)];

    await logins.endAll({ userId: ada, exceptLoginId: kept.login.id });

    expect(await logins.isActive(kept.login.id)).toBe(true);
    expect(await logins.findByCookie(other.cookie)).toBeNull();
  });

  it('end at once in other processes that had seen them', async () => {
    const signals = createTurnSignals({
      db: t.db,
      notifications: createTestNotifications(t.url),
      logger: createSilentLogger(),
    });
    const heard = Promise.withResolvers<void>();
    const elsewhere = createLogins({
      db: t.db,
      clock,
      subscribe: (channel, handler) =>
        signals.subscribe(channel, (payload) => {
          handler(payload);
          heard.resolve();
        }),
    });
    await signals.start({ onNext: () => {}, onStop: () => {} });
    const ada = await somebody();
    const { login } = await logins.start(ada, place);
    expect(await elsewhere.isActive(login.id)).toBe(true);

    await logins.end({ userId: ada, loginId: login.id });
    await heard.promise;

    expect(await elsewhere.isActive(login.id)).toBe(false);
    await signals.stop();
  });

  it('are forgotten when they can no longer be used', async () => {
    const { login } = await logins.start(await somebody(), place);
    clock.advance(31 * DAY_MS);

    await logins.clear();

    expect(await t.db('logins').where({ id: login.id })).toEqual([]);
    expect(await t.db('refresh_tokens')).toEqual([]);
  });
});
