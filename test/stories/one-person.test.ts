import { describe, expect, it } from 'vitest';
import { createFakeDiscord } from '../support/fake-discord.ts';
import { startFakeModelServer } from '../support/fake-model-server.ts';
import { startFakeSlack } from '../support/fake-slack.ts';
import { findFreePort } from '../support/free-port.ts';
import { createTemporaryFolder, startParleyProcess } from '../support/parley-process.ts';
import { toSettings } from '../support/stand-in-settings.ts';
import { createTestDatabase } from '../support/test-database.ts';

const password = 'a long enough passphrase';

/** The real program in Discord, in Slack and on the web, with a model server; and one person in all three places. */
async function createTown() {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const { folder } = stack.use(await createTemporaryFolder());
  const model = stack.use(await startFakeModelServer());
  const discord = stack.use(await createFakeDiscord());
  const slack = stack.use(await startFakeSlack());
  const port = await findFreePort();
  const parley = stack.use(
    await startParleyProcess({
      dataDir: folder,
      env: {
        PORT: String(port),
        PUBLIC_URL: `http://127.0.0.1:${port}`,
        ...toSettings({ database, model, discord, slack }),
      },
    }),
  );
  await expect
    .poll(parley.output)
    .toMatch(/Discord is connected[\s\S]*Slack is on|Slack is on[\s\S]*Discord is connected/);
  const dm = discord.addDm();
  const inDm = { channelId: dm.id, context: 1 as const };
  let cookie = '';

  return {
    db: database.db,
    discord,
    slack,

    /** What the model was told last, question by question. */
    lastHeard: () =>
      (model.requests.at(-1)?.messages ?? []).filter(({ role }) => role === 'user').map(({ content }) => content),

    async askInDiscord(question: string, where: object = inDm) {
      model.answerWith(`About: ${question}`);
      const asked = discord.command('ask', { values: { question }, ...where });
      await discord.until(() => discord.answers(asked).find(({ content }) => content.startsWith(`About: ${question}`)));
    },

    async askInSlack(question: string) {
      model.answerWith(`About: ${question}`);
      await slack.say(question, { channel: 'DU1' });
      await slack.until(() =>
        slack.messages.some(
          (message) =>
            message.shown.includes(`About: ${question}`) && JSON.stringify(message.blocks).includes('retry_answer'),
        ),
      );
    },

    async askOnWebsite(sessionId: string, text: string): Promise<number> {
      model.answerWith(`About: ${text}`);
      return (await this.onWebsite('POST', `/api/sessions/${sessionId}/messages`, { text })).status;
    },

    /** What a command in Discord is answered with, to its user alone. */
    async inDiscord(name: string, options: Parameters<typeof discord.command>[1] = {}) {
      const command = discord.command(name, { ...inDm, ...options });
      return discord.until(() => discord.answers(command).find(({ content }) => content !== ''));
    },

    async inSlack(work: () => Promise<unknown>) {
      const before = slack.replies.length;
      await work();
      await slack.until(() => slack.replies.length > before);
      return JSON.stringify(slack.replies.at(-1));
    },

    async register(username: string): Promise<void> {
      const response = await this.submit('/register', { username, password });
      cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    },

    submit: (path: string, fields: Record<string, string>) =>
      fetch(parley.url + path, {
        method: 'POST',
        body: new URLSearchParams(fields),
        headers: { origin: parley.url, 'sec-fetch-site': 'same-origin', cookie },
        redirect: 'manual',
      }),

    async onWebsite(method: string, path: string, body?: object) {
      const headers = { cookie, origin: parley.url, 'sec-fetch-site': 'same-origin', 'x-parley-csrf': '1' };
      return fetch(parley.url + path, {
        method,
        headers: { ...headers, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      });
    },

    /** Opens the one-time address in the browser that is logged in, and agrees. */
    async agreeToLink(invitation: string): Promise<void> {
      const path = invitation.match(/\/link\/[\w-]{22}/)?.[0] ?? '';
      const { id } = await (await this.onWebsite('GET', '/api/auth/me')).json();
      const done = await this.submit(path, { me: id, answer: 'link' });
      expect(await done.text()).toContain('You are linked');
    },

    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe('one person', () => {
  it('asks in Discord, links, and goes on in Slack and on the website with the same history', async () => {
    await using town = await createTown();

    // In Discord, nobody knows her yet.
    await town.askInDiscord('Where do the ferries leave?');
    // In Slack, she is somebody else so far.
    await town.askInSlack('When is the office open?');

    // Both link to the account that she makes on the website.
    await town.register('ada');
    const invitation = await town.inDiscord('link');
    await town.agreeToLink(JSON.stringify(invitation));
    await town.discord.until(() => invitation.content.includes('linked with'));
    await town.agreeToLink(await town.inSlack(() => town.slack.command('', { more: { command: '/link' } })));
    await town.slack.until(() => town.slack.replies.some(({ shown }) => shown.includes('linked with')));

    // Slack offers the chat from Discord, by its title, and goes on with it.
    const chats = await town.inSlack(() => town.slack.command('chats', { channel: 'DU1' }));
    expect(chats).toContain('Where do the ferries leave?');
    expect(chats).toContain('Discord · 2 messages');
    const { items } = await (await town.onWebsite('GET', '/api/sessions')).json();
    expect(items.map(({ title, platform }: { title: string; platform: string }) => [title, platform])).toEqual([
      ['When is the office open?', 'slack'],
      ['Where do the ferries leave?', 'discord'],
    ]);
    const ferries = items[1].id as string;
    await town.inSlack(() => town.slack.press({ action_id: 'resume_chat', value: ferries }, { channel: 'DU1' }));
    await town.askInSlack('And at what time?');
    expect(town.lastHeard()).toEqual(['Where do the ferries leave?', 'And at what time?']);

    // The website goes on with the same one.
    expect(await town.askOnWebsite(ferries, 'What does it cost?')).toBe(200);
    expect(town.lastHeard()).toEqual(['Where do the ferries leave?', 'And at what time?', 'What does it cost?']);

    // And back in Discord, where it is still going on.
    await town.askInDiscord('May I bring a bicycle?');
    expect(town.lastHeard()).toHaveLength(4);
    const history = await (await town.onWebsite('GET', `/api/sessions/${ferries}/messages`)).json();
    expect(history.items.map(({ content }: { content: string }) => content)).toEqual([
      'Where do the ferries leave?',
      'About: Where do the ferries leave?',
      'And at what time?',
      'About: And at what time?',
      'What does it cost?',
      'About: What does it cost?',
      'May I bring a bicycle?',
      'About: May I bring a bicycle?',
    ]);

    // None of it reaches a channel before she has agreed.
    const continued = await town.inDiscord('chat', {
      subcommand: 'continue',
      values: { chat: ferries },
      channelId: town.discord.channelId,
      context: 0,
    });
    expect(continued.content).toContain('was said in private');
    await town.askInDiscord('Who is here?', { channelId: town.discord.channelId, context: 0 });
    expect(town.lastHeard()).toEqual(['Who is here?']);

    // Everything of hers is found from anywhere, and she sees who she is.
    const found = await (await town.onWebsite('GET', '/api/messages?q=office')).json();
    expect(found.items.at(-1)).toMatchObject({ content: 'When is the office open?', platform: 'slack' });
    const account = await town.inDiscord('account');
    expect(account.content).toContain('on the website `ada`');
    expect(account.content).toMatch(/- Linked: .*Discord \(.*Slack \(/);

    // One yes in Slack, and she is forgotten everywhere.
    const { user_id: value } = await town.db('sessions').first('user_id');
    const done = await town.inSlack(() => town.slack.press({ action_id: 'erase_everything', value }));
    expect(done).toContain('Done. All you said to me');
    for (const table of ['users', 'identities', 'accounts', 'logins', 'sessions', 'turns', 'messages']) {
      expect(await town.db(table)).toEqual([]);
    }
    expect((await town.onWebsite('GET', '/api/auth/me')).status).toBe(401);
    expect([...town.discord.violations, ...town.slack.violations]).toEqual([]);
  });
});
