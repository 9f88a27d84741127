import { describe, expect, it } from 'vitest';
import { createTestSlack } from '../../support/test-slack.ts';

type Test = Awaited<ReturnType<typeof createTestSlack>>;

const LINK = /https:\/\/parley\.example\/link\/([\w-]{22})/;

const register = (t: Test, username = 'ada') =>
  t.app.accounts.register({ username, email: null, password: 'a long enough passphrase', network: 'n' });

async function reply(t: Test, index = 0) {
  await t.slack.until(() => t.slack.replies.length > index);
  const shown = t.slack.replies[index]!;
  return { ...shown, code: LINK.exec(JSON.stringify(shown))?.[1] ?? '' };
}

describe('/link in Slack', () => {
  it.each([
    ['/link', ''],
    ['/ask', 'link'],
  ])('as "%s %s" shows the asker alone an address, and says there when it was used', async (command, text) => {
    await using t = await createTestSlack();
    t.slack.names.set('U1', 'Ada L.');
    const ada = await register(t);

    await t.slack.command(text, { more: { command } });
    const invitation = await reply(t);
    const view = await t.app.links.look({ code: invitation.code, userId: ada.id });
    await t.app.links.accept({ code: invitation.code, userId: ada.id });
    const done = await reply(t, 1);

    expect(invitation.isForAll).toBe(false);
    expect(JSON.stringify(invitation)).toContain('Give it to nobody');
    expect(view).toMatchObject({ outcome: 'open', theirs: { platform: 'slack', displayName: 'Ada L.' } });
    expect(done).toMatchObject({
      isForAll: false,
      replaces: true,
      shown: expect.stringContaining('linked with **ada**'),
    });
    const linked = await t.app.users.findByIdentity({ platform: 'slack', platformUserId: 'T1:U1' });
    expect(linked?.id).toBe(ada.id);
    expect(t.slack.messages).toEqual([]);
    expect(t.slack.violations).toEqual([]);
  });

  it('is not answered with another address when Slack delivers it again', async () => {
    await using t = await createTestSlack();
    const ada = await register(t);
    const more = { command: '/link', trigger_id: 'trigger.1' };

    await t.slack.command('', { more });
    const { code } = await reply(t);
    await t.slack.command('', { more });
    await t.slack.command('', { user: 'U2', more: { command: '/link' } });
    await t.slack.until(() => t.slack.replies.length === 2);

    expect(t.slack.replies.map(({ user }) => user)).toEqual(['U1', 'U2']);
    expect(await t.app.links.look({ code, userId: ada.id })).toMatchObject({ outcome: 'open' });
  });

  it('on the Home tab opens a window, and is confirmed in a direct message', async () => {
    await using t = await createTestSlack();
    const ada = await register(t);

    await t.slack.press({ action_id: 'home_link', value: 'link' });
    await t.slack.until(() => t.slack.callsOf('views.open').length === 1);
    const window = JSON.stringify(t.slack.callsOf('views.open')[0]?.args.view);
    await t.app.links.accept({ code: LINK.exec(window)?.[1] ?? '', userId: ada.id });
    await t.slack.until(() => t.slack.messages.length === 1);

    expect(t.slack.messages[0]).toMatchObject({
      channel: 'DU1',
      shown: expect.stringContaining('Done: you are linked'),
    });
    expect(t.slack.violations).toEqual([]);
  });

  it('says when somebody asks too often', async () => {
    await using t = await createTestSlack();
    for (let n = 0; n < 11; n += 1) {
      await t.slack.command('', { more: { command: '/link' } });
      await reply(t, n);
    }

    expect((await reply(t, 10)).shown).toContain('wait an hour');
  });
});
