import { describe, expect, it } from 'vitest';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestApp } from '../../support/test-app.ts';
import { createDiscordTest, isDone } from './discord-harness.ts';

type Test = Awaited<ReturnType<typeof createDiscordTest>>;

const answering = () => ({ model: createScriptedModel({ reply: () => 'Hello!' }) });

/** Somebody asks for a link; gives what they are shown. */
async function askForLink(t: Test, options: Parameters<Test['discord']['command']>[1] = {}) {
  const interaction = t.discord.command('link', options);
  const message = await t.discord.until(() => t.discord.answers(interaction).find(({ content }) => content !== ''));
  const url = /https?:\/\/[^"\s>]*\/link\/[\w-]{22}/.exec(JSON.stringify(message))?.[0] ?? '';
  return { interaction, message, url, code: url.slice(-22) };
}

const register = (t: Test, username: string) =>
  t.app.accounts.register({ username, email: null, password: 'a long enough passphrase', network: 'n' });

describe('/link on Discord', () => {
  it('shows the asker alone an address that works once, and says there when it was used', async () => {
    await using t = await createDiscordTest(answering());
    const asked = t.discord.command('ask', { values: { question: 'hi' } });
    await t.discord.until(() => isDone(t.discord.answers(asked)[0]));
    const ada = await register(t, 'ada_b');

    const { interaction, message, url, code } = await askForLink(t);
    const shownBefore = { isEphemeral: message.isEphemeral, content: message.content };
    expect(await t.app.links.accept({ code, userId: ada.id })).toBe('linked');
    const done = await t.discord.until(() =>
      t.discord.answers(interaction).find(({ content }) => content.startsWith('Done')),
    );

    expect(url).toMatch(/^https:\/\/parley\.example\/link\//);
    expect(shownBefore.isEphemeral).toBe(true);
    expect(shownBefore.content).toContain('Give it to nobody');
    expect(done.content).toContain('linked with **ada\\_b**');
    expect(JSON.stringify(done)).not.toContain(code);
    const { items } = await t.app.sessions.list({ userId: ada.id, limit: 10 });
    expect(items).toMatchObject([{ platform: 'discord', messageCount: 2 }]);
    expect(t.discord.violations).toEqual([]);
  });

  it('gives each person their own, and voids the one before', async () => {
    await using t = await createDiscordTest(answering());
    const ada = await register(t, 'ada');

    const [first, other] = [await askForLink(t), await askForLink(t, { userId: '666' })];
    const second = await askForLink(t);

    expect(await t.app.links.look({ code: first.code, userId: ada.id })).toEqual({ outcome: 'gone' });
    for (const { code } of [other, second]) {
      expect(await t.app.links.look({ code, userId: ada.id })).toMatchObject({
        outcome: 'open',
        theirs: { platform: 'discord', pictureUrl: expect.stringMatching(/^https:\/\/cdn\.discordapp\.com\//) },
      });
    }
  });

  it('says it in a direct message when the address was dismissed meanwhile', async () => {
    await using t = await createDiscordTest(answering());
    const ada = await register(t, 'ada');
    const { code } = await askForLink(t);
    t.discord.state.nextFailures.push({
      pattern: /^PATCH \/webhooks\//,
      status: 404,
      body: { message: 'Unknown Message', code: 10008 },
    });

    await t.app.links.accept({ code, userId: ada.id });

    const requests = () => t.discord.state.requests.filter(({ method }) => method === 'POST');
    const dm = await t.discord.until(() => requests().find(({ body }) => JSON.stringify(body)?.includes('Done: you')));
    expect(dm.path).toMatch(/\/channels\/\d+\/messages$/);
    expect(t.discord.violations).toEqual([]);
  });

  it('is confirmed by the process that is in Discord, when another one served the page', async () => {
    await using t = await createDiscordTest(answering());
    const ada = await register(t, 'ada');
    const { interaction, code } = await askForLink(t);
    await using web = await createTestApp({ database: { db: t.db, url: t.url } });

    await web.app.links.accept({ code, userId: ada.id });

    await t.discord.until(() => t.discord.answers(interaction).find(({ content }) => content.startsWith('Done')));
  });

  it('is confirmed later when Discord failed at that moment, once', async () => {
    await using t = await createDiscordTest(answering());
    const ada = await register(t, 'ada');
    const { interaction, code } = await askForLink(t);
    t.discord.state.nextFailures.push(
      ...Array.from({ length: 8 }, () => ({ pattern: /^PATCH \/webhooks\//, status: 500 })),
    );
    await t.app.links.accept({ code, userId: ada.id });
    // The library tries four times.
    await t.discord.until(() => t.discord.state.nextFailures.length === 4);
    t.discord.state.nextFailures.length = 0;

    await t.db('link_codes').update({ telling_until: new Date(0) });
    await t.app.links.tidy();
    await t.app.links.tidy();

    expect(t.discord.answers(interaction).filter(({ content }) => content.startsWith('Done'))).toHaveLength(1);
    expect(await t.db('link_codes').pluck('delivery')).toEqual([null]);
  });

  it('says when somebody asks too often', async () => {
    await using t = await createDiscordTest(answering());
    for (let n = 0; n < 10; n += 1) await askForLink(t);

    const { message } = await askForLink(t);

    expect(message.content).toContain('wait an hour');
  });
});
