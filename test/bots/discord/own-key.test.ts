import { describe, expect, it } from 'vitest';
import { createOperatorModelChoice } from '../../../core/models/operator-model.ts';
import { startFakeModelServer } from '../../support/fake-model-server.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { accountUrl, createTestOwnKeys } from '../../support/test-own-keys.ts';
import { createDiscordTest, isDone } from './discord-harness.ts';

const KEY = 'sk-adas-own-key-8h3k';

async function createTest() {
  const database = await createTestDatabase();
  const provider = await startFakeModelServer();
  provider.acceptOnly(KEY);
  provider.models = { names: ['fake'], isPublic: false };
  provider.answerWith('Paid by Ada.');
  const ownKeys = createTestOwnKeys({ db: database.db, allowPrivateHosts: ['127.0.0.1'] });
  const model = createScriptedModel({ reply: () => 'Paid by the operator.' });
  const chooseModel = ownKeys.chooseModel(createOperatorModelChoice({ model }));
  const t = await createDiscordTest({ database, model, more: { chooseModel } });
  return {
    ...t,
    provider,
    async saveKey(discordUserId: string) {
      const user = await t.app.users.findByIdentity({ platform: 'discord', platformUserId: discordUserId });
      await ownKeys.providerKeys.put(user!.id, { apiKey: KEY, baseUrl: provider.url, model: null });
    },
    async [Symbol.asyncDispose]() {
      await t[Symbol.asyncDispose]();
      await provider[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

describe('an own key in Discord', () => {
  it('pays for what its owner asks there', async () => {
    await using t = await createTest();
    const first = t.discord.say(`${t.discord.mention} hi`);
    await t.discord.until(() =>
      t.discord.shown().find((message) => isDone(message) && message.content === 'Paid by the operator.'),
    );
    await t.saveKey(first.authorId);

    t.discord.say(`${t.discord.mention} and now?`);
    await t.discord.until(() =>
      t.discord.shown().find((message) => isDone(message) && message.content === 'Paid by Ada.'),
    );

    expect(t.provider.keys).toEqual([KEY]);
    expect(t.model.calls).toHaveLength(1);
  });

  it('that stopped working is said to be theirs, with where to replace it', async () => {
    await using t = await createTest();
    const first = t.discord.say(`${t.discord.mention} hi`);
    await t.discord.until(() =>
      t.discord.shown().find((message) => isDone(message) && message.content === 'Paid by the operator.'),
    );
    await t.saveKey(first.authorId);
    t.provider.acceptOnly('another');

    t.discord.say(`${t.discord.mention} and now?`);
    const answer = await t.discord.until(() => t.discord.shown().find(({ content }) => content.includes(accountUrl)));

    expect(answer.content).toMatch(/refused your own model key/);
    expect(answer.content).not.toContain('8h3k');
    expect(t.model.calls).toHaveLength(1);
  });
});
