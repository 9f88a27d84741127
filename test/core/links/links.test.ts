import { describe, expect, it } from 'vitest';
import { createTestApp } from '../../support/test-app.ts';

const discord = { platform: 'discord' as const, platformUserId: '42', displayName: 'Ada', pictureUrl: null };

describe('a link', () => {
  it('is an address with 128 random bits, of which only a hash is kept', async () => {
    await using t = await createTestApp();
    const ada = await t.app.users.findOrCreate(discord);

    const { url, expiresAt } = await t.app.links.create({ userId: ada.id, identity: discord });

    expect(url).toMatch(/^https:\/\/parley\.example\/link\/[\w-]{22}$/);
    expect(Math.round((expiresAt.getTime() - Date.now()) / 60_000)).toBe(10);
    const rows = JSON.stringify(await t.db('link_codes'));
    expect(rows).toContain(ada.id);
    expect(rows).not.toContain(url.slice(-22));
  });

  it('replaces the one asked for before', async () => {
    await using t = await createTestApp();
    const ada = await t.app.users.findOrCreate(discord);

    await Promise.all([1, 2, 3].map(() => t.app.links.create({ userId: ada.id, identity: discord })));

    expect(await t.db('link_codes').count().first()).toEqual({ count: 1 });
  });

  it('is given ten times an hour', async () => {
    await using t = await createTestApp();
    const ada = await t.app.users.createVisitor();
    const ask = () => t.app.links.create({ userId: ada.id });

    for (let asked = 0; asked < 10; asked += 1) await ask();

    await expect(ask()).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: 3600 });
  });

  it('is refused to somebody who has been erased', async () => {
    await using t = await createTestApp();
    const ada = await t.app.users.createVisitor();
    await t.app.eraseUser(ada.id);

    await expect(t.app.links.create({ userId: ada.id })).rejects.toMatchObject({ code: 'unauthorized' });
  });
});
