import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFakeDiscord } from '../support/fake-discord.ts';
import { startFakeModelServer } from '../support/fake-model-server.ts';
import { startFakeSlack } from '../support/fake-slack.ts';
import { sign } from '../support/fake-slack-delivery.ts';
import { BOT_USER, SIGNING_SECRET } from '../support/fake-slack-workspace.ts';
import { createFakeTwitch } from '../support/fake-twitch.ts';
import { findFreePort } from '../support/free-port.ts';
import { createTemporaryFolder, spawnParley, startParleyProcess } from '../support/parley-process.ts';
import { toSettings } from '../support/stand-in-settings.ts';
import { createTestDatabase } from '../support/test-database.ts';

const CHANNEL = 'C1';
const ANSWER = `The refund takes **five days** [1].\n\n${'It goes back to the card that you paid with. '.repeat(6)}`;
const QUESTION = 'How many days does a refund take?';

/** The real program, all three platforms, a model server and one document. */
async function createWorld({ slackPort }: { slackPort?: number } = {}) {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const folder = stack.use(await createTemporaryFolder());
  const model = stack.use(await startFakeModelServer());
  const discord = stack.use(await createFakeDiscord());
  const slack = stack.use(
    await startFakeSlack({ ...(slackPort && { eventsUrl: () => `http://127.0.0.1:${slackPort}/slack/events` }) }),
  );
  const twitch = stack.use(await createFakeTwitch());
  for (const login of ['parley', 'ada']) twitch.addChannel(login);
  model.answerWith(ANSWER);
  const env = { ...toSettings({ database, model, discord, slack, twitch }), TWITCH_CHANNELS: 'ada' };
  const dataDir = folder.folder;

  return {
    model,
    discord,
    slack,
    twitch,

    async addDocument(): Promise<void> {
      const file = path.join(dataDir, 'refunds.md');
      await writeFile(file, '# Refunds\n\nA refund takes five days. It goes back to the card that you paid with.\n');
      await using command = spawnParley({ dataDir, env, args: ['add', file] });
      if ((await command.exited) !== 0) throw new Error(command.output());
    },

    /** Started, and in chat wherever its tokens are right. */
    async start(more: Record<string, string> = {}) {
      const parley = await startParleyProcess({ dataDir, env: { ...env, ...more } });
      const says = (line: RegExp) => expect.poll(parley.output).toMatch(line);
      await Promise.all([
        says(/Discord is (connected|off)/),
        says(/Slack is (on|off)/),
        says(/Twitch is (connected|off)/),
      ]);
      if (parley.output().includes('Twitch is connected')) {
        await twitch.until(() => twitch.irc.joined().has('ada'));
      }
      return parley;
    },

    /** One question on each platform, and how to find what people see of its answer. */
    async ask(question = QUESTION) {
      const command = discord.command('ask', { values: { question } });
      const said = twitch.say('ada', `!ask ${question}`, { by: twitch.addPerson() });
      const mention = () => slack.say(`<@${BOT_USER}> ${question}`, { channel: CHANNEL, eventId: `Ev ${question}` });
      const ts = slack.isConnected() ? await mention() : null;
      return {
        discord: () => discord.answers(command).map(({ content }) => content),
        slack: () =>
          slack.messages
            .filter(({ threadTs }) => threadTs === ts)
            .map(({ shown, blocks }) => `${shown} ${JSON.stringify(blocks)}`),
        twitch: () => twitch.answersTo(said).map(({ text }) => text),
        /** Everything that the answer on Discord has shown. */
        texts: () => discord.answers(command)[0]?.history ?? [],
        /** As after a resume, a timeout, a reconnect. */
        async askAgain() {
          discord.redeliver(command);
          twitch.say('ada', `!ask ${question}`, said);
          await mention();
        },
      };
    },

    violations: () => [...discord.violations, ...slack.violations, ...twitch.violations],

    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

type World = Awaited<ReturnType<typeof createWorld>>;
type Asked = Awaited<ReturnType<World['ask']>>;
type Platform = 'discord' | 'slack' | 'twitch';

/** One visible outcome on each platform, which holds these words. */
async function expectOneOutcome(asked: Asked, words: Partial<Record<Platform, RegExp>>): Promise<void> {
  for (const [platform, pattern] of Object.entries(words) as [Platform, RegExp][]) {
    await expect.poll(asked[platform]).toEqual([expect.stringMatching(pattern)]);
  }
}

/** Already on the platforms that show an answer while it is written. */
async function expectShown(asked: Asked, words: RegExp): Promise<void> {
  await expectOneOutcome(asked, { discord: words, slack: words });
}

const EMBEDDED = { DATABASE_URL: '' };
const WHOLE = {
  discord: /five days[\s\S]*\[1\][\s\S]*-# \[1\] .*Refunds/,
  slack: /five days[\s\S]*\[1\][\s\S]*Refunds/,
  twitch: /five days.*http:\/\/localhost:\d+\/a\/\w+$/,
};

const COMPLETE = { discord: /paid with\./, slack: /paid with\./, twitch: /paid with\./ };

describe('the program with Discord, Slack and Twitch', () => {
  it('answers on each with sources while it is written, and once however often a question comes', async () => {
    await using world = await createWorld();
    await world.addDocument();
    await using _parley = await world.start();
    const begun = Promise.withResolvers<void>();
    const grown = Promise.withResolvers<void>();
    const pauses = [
      { after: 4, until: begun.promise },
      { after: 20, until: grown.promise },
    ];
    for (let n = 0; n < 3; n += 1) world.model.next({ pauses });

    const asked = await world.ask();
    await expectShown(asked, /refund/);
    begun.resolve();
    await expectShown(asked, /goes back/);
    grown.resolve();
    await expectOneOutcome(asked, WHOLE);
    await asked.askAgain();
    const next = await world.ask('How does a refund come back to me?');
    await expectOneOutcome(next, WHOLE);

    await expectOneOutcome(asked, WHOLE);
    expect(asked.texts().length).toBeGreaterThan(2);
    expect(world.slack.callsOf('chat.appendStream').length).toBeGreaterThan(0);
    expect(world.model.requests).toHaveLength(6);
    expect(world.violations()).toEqual([]);
    const [link = ''] = asked.twitch()[0]?.match(/http\S+/) ?? [];
    expect(await (await fetch(link)).text()).toMatch(/paid with\.[\s\S]*Refunds/);
  });

  it('hears Slack by HTTP, where it is signed', async () => {
    const slackPort = await findFreePort();
    await using world = await createWorld({ slackPort });
    await using parley = await world.start({
      PORT: String(slackPort),
      SLACK_APP_TOKEN: '',
      SLACK_SIGNING_SECRET: SIGNING_SECRET,
    });
    const post = async (headers: Record<string, string>, body: string) => {
      const response = await fetch(`${parley.url}/slack/events`, { method: 'POST', headers, body });
      return { status: response.status, text: await response.text() };
    };
    const challenge = JSON.stringify({ type: 'url_verification', token: 'x', challenge: 'as it was sent' });
    const json = { 'content-type': 'application/json' };

    expect(await post({ ...json, ...sign(challenge) }, challenge)).toEqual({
      status: 200,
      text: expect.stringContaining('as it was sent'),
    });
    expect(await post({ ...json, ...sign(challenge, { secret: 'another' }) }, challenge)).toMatchObject({
      status: 401,
    });
    const ts = await world.slack.say(`<@${BOT_USER}> ${QUESTION}`, { channel: CHANNEL });
    await world.slack.command(QUESTION);
    const isWhole = ({ shown }: { shown: string }) => /paid with\./.test(shown);
    await world.slack.until(() => world.slack.replies.some(isWhole));
    await world.slack.until(() => world.slack.messages.some((message) => message.threadTs === ts && isWhole(message)));
    expect(world.slack.violations).toEqual([]);
  });

  it.each([
    ['', {}],
    [', without an application on Twitch', { TWITCH_CLIENT_ID: '', TWITCH_CLIENT_SECRET: '' }],
  ])(
    'brings what is cut off by kill -9 to its end on each after its restart, in the message that was begun%s',
    async (_how, more) => {
      await using world = await createWorld();
      // Alone on its own database, it need not wait whether the one before is still alive.
      const killed = await world.start({ ...EMBEDDED, ...more });
      for (let n = 0; n < 3; n += 1) world.model.next({ ending: { after: 4, how: 'stall' } });

      const asked = await world.ask();
      await expectShown(asked, /refund/);
      // None of the three is left to begin in the next process only.
      await expect.poll(() => world.model.requests.length).toBe(3);
      await killed.stop('SIGKILL');
      await using _parley = await world.start({ ...EMBEDDED, ...more });

      await expectOneOutcome(asked, COMPLETE);
      expect(world.violations()).toEqual([]);
    },
  );

  it('lets answers on each end after SIGTERM', async () => {
    await using world = await createWorld();
    const parley = await world.start();
    const held = Array.from({ length: 3 }, () => world.model.holdNext());

    const asked = await world.ask();
    await Promise.all(held.map(({ arrived }) => arrived));
    const exited = parley.stop();
    await expect.poll(parley.output).toContain('running answers may end first');
    for (const { release } of held) release();

    expect(await exited).toBe(0);
    await expectOneOutcome(asked, COMPLETE);
    expect(world.violations()).toEqual([]);
  });

  it('says in one sentence on each that a model fails, hangs or breaks off', async () => {
    await using world = await createWorld();
    await using _parley = await world.start({ CHAT_IDLE_SECONDS: '3' });

    for (const [trouble, behaviour] of [
      [/^The language model does not answer right now\. Please try again/, { status: 500 }],
      [/^The language model took too long to answer\. Please try again/, { ending: { after: 0, how: 'stall' } }],
      [/^The refund\s+_?The answer broke off\. Please try again/, { ending: { after: 2, how: 'cut' } }],
    ] as const) {
      world.model.always(behaviour);
      const asked = await world.ask(`${QUESTION} ${trouble}`);
      await expectOneOutcome(asked, { discord: trouble, slack: trouble, twitch: trouble });
    }
    expect(world.violations()).toEqual([]);
  });

  it.each([
    [
      'Discord and Twitch',
      { DISCORD_TOKEN: 'wrong', TWITCH_ACCESS_TOKEN: 'wrong', TWITCH_REFRESH_TOKEN: 'wrong' },
      [/Discord is off: .*DISCORD_TOKEN/, /Twitch is off: .*TWITCH_/],
      { slack: COMPLETE.slack },
    ],
    [
      'Slack',
      { SLACK_BOT_TOKEN: 'xoxb-wrong' },
      [/Slack is off: .*SLACK_BOT_TOKEN/],
      { discord: COMPLETE.discord, twitch: COMPLETE.twitch },
    ],
  ])(
    'leaves the rest running when the tokens of %s are wrong, and says so',
    async (_platforms, wrong, lines, others) => {
      await using world = await createWorld();
      await using parley = await world.start(wrong);

      await expectOneOutcome(await world.ask(), others);

      for (const line of lines) expect(parley.output()).toMatch(line);
      expect(parley.output()).not.toContain('xoxb-wrong');
      expect((await fetch(`${parley.url}/readyz`)).status).toBe(200);
      expect((await fetch(parley.url)).status).toBe(200);
    },
    60_000,
  );
});
