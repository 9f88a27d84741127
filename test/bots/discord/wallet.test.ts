import { describe, expect, it } from 'vitest';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createDiscordTest } from './discord-harness.ts';

type Test = Awaited<ReturnType<typeof createDiscordTest>>;

const answering = () => ({ model: createScriptedModel({ reply: () => 'Hello!' }) });

async function answered(t: Test) {
  const asked = t.discord.command('ask', { values: { question: 'hi' } });
  return t.discord.until(() =>
    t.discord.answers(asked).find(({ components }) => JSON.stringify(components).includes('Why?')),
  );
}

async function pressWhy(t: Test, message: Awaited<ReturnType<typeof answered>>, as: { userId?: string } = {}) {
  const pressed = t.discord.press(message, 'Why?', as);
  return t.discord.until(() => t.discord.answers(pressed).find(({ content }) => content !== ''));
}

describe('"Why?" under an answer in Discord', () => {
  it('tells the one who asked what it took and who paid, and nobody else', async () => {
    await using t = await createDiscordTest(answering());
    const answer = await answered(t);

    const why = await pressWhy(t, answer);
    const others = await pressWhy(t, answer, { userId: '4242' });

    expect(why.isEphemeral).toBe(true);
    expect(why.content).toContain('- Written by: scripted');
    expect(why.content).toContain('- Tokens: 1 in, 1 out');
    expect(why.content).toContain('- Cost: not known, paid by whoever runs this assistant');
    expect(others.content).toContain('- Tokens: 1 in, 1 out');
    expect(others.content).not.toContain('Cost');
    expect(t.discord.violations).toEqual([]);
  });
});

describe('/wallet in Discord', () => {
  it('says what one can spend, to nobody else', async () => {
    await using t = await createDiscordTest(answering());
    await answered(t);
    const { id: userId } = await t.db('users').first('id');
    const shown = async () => {
      const asked = t.discord.command('wallet');
      return t.discord.until(() => t.discord.answers(asked).find(({ content }) => content !== ''));
    };

    const before = await shown();
    await t.app.wallets.credit({ userId, amountMicros: 1_250_000, kind: 'credit', from: 'operator', key: 'k' });
    const after = await shown();

    expect(before.isEphemeral).toBe(true);
    expect(before.content).toBe('Answers cost you nothing here. What they took: https://parley.example/account');
    expect(after.content).toContain('Your balance is **$1.25**.');
    expect(t.discord.violations).toEqual([]);
  });
});
