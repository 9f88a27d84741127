import { describe, expect, it } from 'vitest';
import type { Message } from '../../../core/messages/message.ts';
import type { TurnEvent } from '../../../core/turns/turn-event.ts';
import { reconcileLedger } from '../../../core/wallet/reconcile.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestApp, retrievalOf } from '../../support/test-app.ts';
import { createPayer, outputOnly } from '../../support/test-billing.ts';
import { message, never } from '../../support/test-turns.ts';

const usage = { inputTokens: 100, outputTokens: 50 };
const place = { space: null, isPrivate: true };

const guide = [
  { title: 'Guide', url: 'https://docs.example/guide', text: 'The port is 3000.' },
  { title: 'Setup', url: 'https://docs.example/setup', text: 'Set PORT to change it.' },
];

async function readToEnd(events: AsyncIterable<TurnEvent>): Promise<{ text: string; answer: Message | null }> {
  let text = '';
  let answer: Message | null = null;
  for await (const event of events) {
    if (event.type === 'delta') text += event.text;
    if (event.type === 'done') answer = event.answer;
  }
  return { text, answer };
}

/** Somebody with an answer that met its limit. */
async function createCut(options: Parameters<typeof createTestApp>[0] = {}) {
  const model = createScriptedModel({ usage });
  const t = await createTestApp({ billing: { price: outputOnly }, retrieval: retrievalOf(guide), ...options, model });
  const payer = await createPayer(t.app, 100_000);
  const shown = readToEnd(t.app.turns.run(message(payer, 'Which port?'), { signal: never }));
  const call = await model.call(0);
  call.say('It is [1], and to change');
  call.finish('length');
  const { answer } = await shown;
  if (!answer) throw new Error('there was no answer');
  const asked = { messageId: answer.id, userId: payer.userId, platform: 'web' as const, eventId: null, place };
  return { t, model, payer, answer, asked };
}

describe('an answer that met its length limit', () => {
  it('is stored with the reason why its model stopped', async () => {
    const { t, answer } = await createCut();
    await using _t = t;

    expect(answer).toMatchObject({ status: 'complete', finishReason: 'length' });
    expect(await t.db('messages').where({ id: answer.id }).pluck('finish_reason')).toEqual(['length']);
  });

  it('goes on in the same message, and usage and cost add up', async () => {
    const { t, model, payer, answer, asked } = await createCut();
    await using _t = t;

    const { turnId } = await t.app.turns.continueAnswer(asked);
    const added = readToEnd(t.app.turns.follow(turnId, { signal: never, onlyNew: true }));
    const whole = readToEnd(t.app.turns.follow(turnId, { signal: never }));
    const call = await model.call(1);
    call.say(' it set PORT [2][3].');
    call.finish();

    expect((await added).text).toBe(' it set PORT [2].');
    expect(await whole).toMatchObject({
      text: 'It is [1], and to change it set PORT [2].',
      answer: {
        id: answer.id,
        content: 'It is [1], and to change it set PORT [2].',
        status: 'complete',
        finishReason: 'stop',
        usage: { inputTokens: 200, outputTokens: 100 },
        sources: [{ n: 1 }, { n: 2 }],
      },
    });
    expect(await t.db('messages').where({ session_id: payer.sessionId })).toHaveLength(2);
    expect((await t.app.wallets.open(payer.userId)).balanceMicros).toBe(100_000 - 100);
    expect(await t.app.explainAnswer({ messageId: answer.id, userId: payer.userId })).toMatchObject({
      payment: { costMicros: 100 },
    });
    expect(await t.db('holds').where({ state: 'held' })).toEqual([]);
    expect(await reconcileLedger(t.db)).toEqual([]);
  });

  it('is given to the model to go on with, and its passages under their numbers', async () => {
    const { t, model, asked } = await createCut();
    await using _t = t;

    await t.app.turns.continueAnswer(asked);
    const { request } = await model.call(1);

    expect(request.messages).toMatchObject([
      { role: 'user', content: 'Which port?' },
      { role: 'assistant', content: 'It is [1], and to change' },
      { role: 'user', content: expect.stringContaining('cut off by its length limit') },
    ]);
    expect(request.passages.map(({ n, title }) => `${n} ${title}`)).toEqual(['1 Guide', '2 Setup']);
  });

  it('can be cut again, and go on again', async () => {
    const { t, model, asked } = await createCut();
    await using _t = t;

    for (const [index, text] of [' it, set', ' PORT.'].entries()) {
      const { turnId } = await t.app.turns.continueAnswer(asked);
      const call = await model.call(index + 1);
      call.say(text);
      call.finish(index === 0 ? 'length' : 'stop');
      await readToEnd(t.app.turns.follow(turnId, { signal: never }));
    }

    expect(
      await t.app.messages.list({ userId: asked.userId, sessionId: (await t.db('sessions').first()).id, limit: 9 }),
    ).toMatchObject({
      items: [{ role: 'user' }, { content: 'It is [1], and to change it, set PORT.', finishReason: 'stop' }],
    });
    await expect(t.app.turns.continueAnswer(asked)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('goes on once, however often that is asked for', async () => {
    const { t, model, asked } = await createCut();
    await using _t = t;

    const begun = await Promise.all([1, 2, 3].map(() => t.app.turns.continueAnswer({ ...asked, eventId: 'press' })));
    const call = await model.call(1);
    call.say(' it.');
    call.finish();
    await readToEnd(t.app.turns.follow(begun[0]?.turnId ?? '', { signal: never }));
    const late = await t.app.turns.continueAnswer({ ...asked, eventId: 'press' });

    expect(new Set([...begun, late].map(({ turnId }) => turnId)).size).toBe(1);
    expect((await readToEnd(t.app.turns.follow(late.turnId, { signal: never }))).text).toBe(
      'It is [1], and to change it.',
    );
    expect(model.calls).toHaveLength(2);
  });

  it('stays as it is when there is no more of it, and can be tried again', async () => {
    const { t, model, answer, asked } = await createCut();
    await using _t = t;

    const { turnId } = await t.app.turns.continueAnswer(asked);
    const shown = readToEnd(t.app.turns.follow(turnId, { signal: never }));
    (await model.call(1)).fail(new Error('no line'));

    await expect(shown).rejects.toThrow();
    await expect(readToEnd(t.app.turns.follow(turnId, { signal: never }))).rejects.toThrow();
    expect(await t.db('messages').where({ id: answer.id }).first()).toMatchObject({
      content: 'It is [1], and to change',
      status: 'complete',
      finish_reason: 'length',
    });
    await expect(t.app.turns.continueAnswer(asked)).resolves.toMatchObject({ isDuplicate: false });
  });

  it('is for whoever asked, as the press on Retry is, and for answers that are cut', async () => {
    const { t, model, payer, asked } = await createCut();
    await using _t = t;
    const other = await createPayer(t.app, 1);
    const shown = readToEnd(t.app.turns.run(message(payer, 'Thanks'), { signal: never }));
    const call = await model.call(1);
    call.say('You are welcome.');
    call.finish();
    const whole = (await shown).answer;

    await expect(t.app.turns.continueAnswer({ ...asked, userId: other.userId })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(
      t.app.turns.continueAnswer({ ...asked, userId: other.userId, inOwnSession: true }),
    ).rejects.toMatchObject({
      code: 'message_not_found',
    });
    await expect(t.app.turns.continueAnswer({ ...asked, messageId: whole?.id ?? '' })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('goes on in the next process when the first one dies over it, where it was shown', async () => {
    const { t, model, answer, asked } = await createCut();
    await using _t = t;
    await t.app.turns.saveDelivery(answer.turnId, { posted: 1 });
    await t.app.turns.continueAnswer(asked);
    (await model.call(1)).say(' lost');
    await t.stop();

    const next = createScriptedModel({ usage });
    await using other = await createTestApp({ database: t, model: next, retrieval: retrievalOf(guide) });
    const shown: { delivery: unknown; text: string }[] = [];
    other.app.turns.onRecovered('web', async (turn, events) => {
      shown.push({ delivery: turn.delivery, text: (await readToEnd(events)).text });
    });
    await other.start();
    const call = await next.call(0);
    call.say(' it.');
    call.finish();

    await expect.poll(() => shown).toEqual([{ delivery: { posted: 1 }, text: 'It is [1], and to change it.' }]);
  });

  it('gives way to the answer of its question when that is edited meanwhile', async () => {
    await using t = await createTestApp({ model: createScriptedModel({ usage }) });
    const payer = await createPayer(t.app, 0);
    const asked = { ...message(payer, 'Wich port?'), messageId: 'C1:1' };
    const shown = readToEnd(t.app.turns.run(asked, { signal: never }));
    (await t.model.call(0)).say('It is');
    (await t.model.call(0)).finish('length');
    const { answer } = await shown;
    const press = { messageId: answer?.id ?? '', userId: payer.userId, platform: 'web' as const, eventId: null, place };
    const { turnId } = await t.app.turns.continueAnswer(press);
    const going = readToEnd(t.app.turns.follow(turnId, { signal: never }));
    await t.model.call(1);

    const edited = await t.app.turns.accept({ ...asked, text: 'Which port?', editedAt: new Date() });
    const call = await t.model.call(2);
    call.say('3000.');
    call.finish();

    expect(edited.isDuplicate).toBe(true);
    expect((await going).answer).toMatchObject({ content: '3000.' });
    expect(await t.db('messages').pluck('content')).toEqual(['Which port?', '3000.']);
  });
});
