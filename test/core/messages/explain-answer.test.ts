import { describe, expect, it } from 'vitest';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestApp, retrievalOf } from '../../support/test-app.ts';
import { createPayer, outputOnly } from '../../support/test-billing.ts';
import { message, never, readAnswer } from '../../support/test-turns.ts';

async function createAnswered(reply = 'At nine [1].') {
  const t = await createTestApp({
    model: createScriptedModel({ reply: () => reply, usage: { inputTokens: 100, outputTokens: 50 } }),
    retrieval: retrievalOf([{ title: 'Hours', url: null, text: 'We open at nine.' }]),
    billing: { price: outputOnly },
  });
  const payer = await createPayer(t.app, 100_000);
  await readAnswer(t.app.turns.run(message(payer, 'When?'), { signal: never }));
  const { id: messageId } = await t.db('messages').where({ role: 'assistant' }).first('id');
  return { t, payer, messageId };
}

describe('explaining an answer', () => {
  it('tells what it rests on, who wrote it, what it took and who paid which price', async () => {
    const { t, payer, messageId } = await createAnswered();
    await using _ = t;

    const why = await t.app.explainAnswer({ messageId, userId: payer.userId });

    expect(why).toEqual({
      messageId,
      sources: [{ n: 1, title: 'Hours', url: null, snippet: 'We open at nine.', score: 1 }],
      model: 'scripted',
      reason: null,
      usage: { inputTokens: 100, outputTokens: 50 },
      ms: expect.any(Number),
      payment: { payer: 'wallet', costMicros: 50, price: expect.objectContaining({ version: 'prices-1' }) },
    });
  });

  it('tells what was found where the answer cites none of it, and so lists no sources', async () => {
    const { t, payer, messageId } = await createAnswered('In the morning.');
    await using _ = t;

    const why = await t.app.explainAnswer({ messageId, userId: payer.userId });

    expect(why.sources).toMatchObject([{ n: 1, title: 'Hours' }]);
    expect(await t.db('messages').where({ id: messageId }).pluck('sources')).toEqual([[]]);
  });

  it('is for those who see it, and what it cost for the one who asked', async () => {
    const { t, messageId } = await createAnswered();
    await using _ = t;
    const { id: userId } = await t.app.users.createVisitor();

    await expect(t.app.explainAnswer({ messageId, userId })).rejects.toMatchObject({ code: 'message_not_found' });

    expect(await t.app.explainAnswer({ messageId, userId, wasShown: true })).toMatchObject({
      model: 'scripted',
      payment: null,
    });
  });
});
