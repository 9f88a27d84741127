import { describe, expect, it } from 'vitest';
import { AppError } from '../../../core/errors.ts';
import type { TurnEvent } from '../../../core/turns/turn-event.ts';
import { reconcileLedger } from '../../../core/wallet/reconcile.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestApp } from '../../support/test-app.ts';
import { createPayer, outputOnly, plainPrice } from '../../support/test-billing.ts';
import { message, never, readAnswer } from '../../support/test-turns.ts';

type Payer = Awaited<ReturnType<typeof createPayer>>;
type TestApp = Pick<Awaited<ReturnType<typeof createTestApp>>, 'app' | 'db'>;

const usage = { inputTokens: 100, outputTokens: 50 };
const answering = () => createScriptedModel({ reply: () => 'Forty-two.', usage });

function ask(t: TestApp, payer: Payer, text = 'What is it?'): Promise<string> {
  return readAnswer(t.app.turns.run(message(payer, text), { signal: never }));
}

async function balanceOf(t: TestApp, { userId }: Payer): Promise<[balance: number, held: number]> {
  const { balanceMicros, heldMicros } = await t.app.wallets.open(userId);
  return [balanceMicros, heldMicros];
}

describe('an answer that is paid from a wallet', () => {
  it('costs what its tokens cost, and is on record with its price', async () => {
    await using t = await createTestApp({ model: answering(), billing: {} });
    const payer = await createPayer(t.app, 100_000);

    await ask(t, payer);

    expect(await balanceOf(t, payer)).toEqual([99_850, 0]);
    expect(await t.db('usage_records')).toEqual([
      expect.objectContaining({
        user_id: payer.userId,
        platform: 'web',
        model: 'scripted',
        payer: 'wallet',
        input_tokens: 100,
        output_tokens: 50,
        cost_micros: 150,
        price_version: 'prices-1',
      }),
    ]);
    expect(await t.db('ledger_entries').where({ account: 'revenue' }).pluck('price_version')).toEqual(['prices-1']);
    expect(await reconcileLedger(t.db)).toEqual([]);
  });

  it('is held for before the model is asked', async () => {
    await using t = await createTestApp({ billing: { price: outputOnly } });
    const payer = await createPayer(t.app, 100_000);

    const asking = ask(t, payer);
    const call = await t.model.call(0);

    const [balance, held] = await balanceOf(t, payer);
    expect(balance).toBe(100_000);
    expect(held).toBeGreaterThanOrEqual(4096);
    call.say('Yes.');
    call.finish();
    await asking;
  });

  it('is made shorter where the balance affords no longer one', async () => {
    await using t = await createTestApp({ model: answering(), billing: { price: outputOnly } });
    const payer = await createPayer(t.app, 1000);

    await ask(t, payer);

    expect(t.model.calls[0]?.request.maxOutputTokens).toBe(998);
    expect(await balanceOf(t, payer)).toEqual([950, 0]);
  });

  it('is not written where the balance is too low, and the asker hears of every way on', async () => {
    await using t = await createTestApp({ model: answering(), billing: { freeDailyMicros: 200 } });
    const payer = await createPayer(t.app, 120);

    const refusal = await ask(t, payer).catch((error: AppError) => error);

    expect(refusal).toMatchObject({ code: 'balance_too_low' });
    expect((refusal as AppError).message).toMatch(
      /^Your balance is \$0\.00012, and this answer can cost \$0\.\d+ or more\. You can recharge at https:\/\/parley\.example\/account, save a model key of your own at https:\/\/parley\.example\/account, or wait until 00:00 UTC for the next free \$0\.0002\.$/,
    );
    expect(t.model.calls).toEqual([]);
    expect(await balanceOf(t, payer)).toEqual([120, 0]);
    expect(await t.db('usage_records')).toEqual([]);
  });

  it('comes out of the free allowance where the wallet is empty, once a day and no further', async () => {
    await using t = await createTestApp({ model: answering(), billing: { price: outputOnly, freeDailyMicros: 5000 } });
    const payer = await createPayer(t.app, 0);

    await ask(t, payer);

    expect(await t.app.wallets.openForToday(payer.userId)).toMatchObject({ balanceMicros: 0, freeMicros: 4950 });
    expect(await t.db('usage_records').pluck('payer')).toEqual(['free']);
  });

  it('takes the wallet first', async () => {
    await using t = await createTestApp({ model: answering(), billing: { price: outputOnly, freeDailyMicros: 5000 } });
    const payer = await createPayer(t.app, 5000);

    await ask(t, payer);

    expect(await t.db('usage_records').pluck('payer')).toEqual(['wallet']);
  });

  it('is refused from a model without a known price', async () => {
    await using t = await createTestApp({
      model: answering(),
      more: {
        billing: {
          isOn: true,
          apiKeyPriceMicros: 0,
          checkout: null,
          rechargeCents: [],
          priceAt: async () => plainPrice,
          priceOf: async () => {
            throw new AppError('model_price_unknown', 'Nobody knows.');
          },
        },
      },
    });
    const payer = await createPayer(t.app, 100_000);

    await expect(ask(t, payer)).rejects.toMatchObject({ code: 'model_price_unknown' });

    expect(t.model.calls).toEqual([]);
  });
});

describe('an answer that ends otherwise than it should', () => {
  it('that was stopped costs what had been delivered, counted from its text', async () => {
    await using t = await createTestApp({ billing: { price: outputOnly } });
    const payer = await createPayer(t.app, 100_000);

    const events = t.app.turns.run(message(payer, 'Tell me a story'), { signal: never });
    const first = events.next();
    const call = await t.model.call(0);
    call.say('Once upon a time');
    await first;
    await events.return(undefined);

    await expect.poll(() => t.db('turns').pluck('state')).toEqual(['interrupted']);
    expect(await balanceOf(t, payer)).toEqual([99_996, 0]);
    expect(await t.db('usage_records').pluck('output_tokens')).toEqual([4]);
  });

  it('costs nothing when nothing came', async () => {
    await using t = await createTestApp({
      model: createScriptedModel({ reply: () => new Error('no') }),
      billing: { price: outputOnly },
    });
    const payer = await createPayer(t.app, 100_000);

    await ask(t, payer).catch(() => {});

    expect(await balanceOf(t, payer)).toEqual([100_000, 0]);
    expect(await t.db('holds').pluck('state')).toEqual(['released']);
  });

  it('is charged once when its process dies and another one writes it again', async () => {
    await using crashed = await createTestApp({ billing: { price: outputOnly } });
    const payer = await createPayer(crashed.app, 100_000);
    await crashed.app.turns.accept({ ...message(payer, 'What is it?'), eventId: 'e' });
    const call = await crashed.model.call(0);
    call.say('Half an');
    await crashed.stop();
    await using t = await createTestApp({ database: crashed, model: answering(), billing: { price: outputOnly } });

    await t.start();

    await expect.poll(() => t.db('turns').pluck('state')).toEqual(['complete']);
    expect(await balanceOf(t, payer)).toEqual([99_950, 0]);
    expect((await t.db('holds').orderBy('created_at').pluck('state')).sort()).toEqual(['released', 'settled']);
    expect(await reconcileLedger(t.db)).toEqual([]);
  });

  it('is paid even if its chat is deleted while it is being written', async () => {
    await using t = await createTestApp({ billing: { price: outputOnly } });
    const payer = await createPayer(t.app, 100_000);
    const asking = ask(t, payer).catch((error: AppError) => error.code);
    const call = await t.model.call(0);
    call.say('One two three');

    await t.app.sessions.delete(payer);
    call.finish();
    await asking;

    expect(await balanceOf(t, payer)).toEqual([99_999, 0]);
    expect(await t.db('usage_records').pluck('cost_micros')).toEqual([1]);
  });

  it('is given up by a job when nobody settles it', async () => {
    await using t = await createTestApp({ billing: { price: outputOnly } });
    const payer = await createPayer(t.app, 100_000);
    void ask(t, payer).catch(() => {});
    await t.model.call(0);
    await t.stop();
    await t.db('holds').update({ created_at: new Date(Date.now() - 3_600_000), delivered_micros: 7 });
    const whileUnfinished = await t.app.wallets.expireHolds();
    await t.db('turns').update({ state: 'failed' });

    expect([whileUnfinished, await t.app.wallets.expireHolds()]).toEqual([0, 1]);

    expect(await balanceOf(t, payer)).toEqual([99_993, 0]);
  });
});

describe('who pays nothing here', () => {
  it('is on record all the same when billing is off', async () => {
    await using t = await createTestApp({ model: answering() });
    const payer = await createPayer(t.app, 0);

    await ask(t, payer);

    expect(await t.db('usage_records').select('payer', 'input_tokens', 'output_tokens', 'cost_micros')).toEqual([
      { payer: 'operator', ...{ input_tokens: 100, output_tokens: 50, cost_micros: null } },
    ]);
  });

  it('has an own key', async () => {
    const model = answering();
    await using t = await createTestApp({
      model,
      billing: {},
      more: { chooseModel: async () => ({ model, payer: 'own_key', reason: null }) },
    });
    const payer = await createPayer(t.app, 0);

    await ask(t, payer);

    expect(await t.db('usage_records').select('payer', 'cost_micros')).toEqual([
      { payer: 'own_key', cost_micros: 150 },
    ]);
    expect(await t.db('ledger_entries')).toEqual([]);
  });
});

describe('many answers at a time', () => {
  it('come to exactly as many as the wallet affords', async () => {
    const model = createScriptedModel({ reply: () => 'Yes.', usage, maxOutputTokens: 50 });
    await using t = await createTestApp({ model, billing: { price: outputOnly } });
    const payer = await createPayer(t.app, 37 * 50 + 2);
    const sessions = await Promise.all(
      Array.from({ length: 500 }, () => t.app.sessions.create({ userId: payer.userId, platform: 'web', space: null })),
    );

    const outcomes = await Promise.all(
      sessions.map(({ id }) => ask(t, { ...payer, sessionId: id }).catch((error: AppError) => error.code)),
    );

    expect(outcomes.filter((outcome) => outcome === 'Yes.')).toHaveLength(37);
    expect(outcomes.filter((outcome) => outcome === 'balance_too_low')).toHaveLength(463);
    expect(await balanceOf(t, payer)).toEqual([2, 0]);
    expect(await reconcileLedger(t.db)).toEqual([]);
  });

  it('wait for what others of the same person only hold', async () => {
    await using t = await createTestApp({ billing: { price: outputOnly } });
    const payer = await createPayer(t.app, 600);
    const other = await t.app.sessions.create({ userId: payer.userId, platform: 'web', space: null });

    const first = ask(t, payer);
    const call = await t.model.call(0);
    const second = ask(t, { ...payer, sessionId: other.id });
    call.say('One.');
    call.finish();
    await first;
    const next = await t.model.call(1);
    next.say('Two.');
    next.finish();

    expect(await second).toBe('Two.');
  });
});

describe('a balance that runs low', () => {
  it('is told once, with the answer, also to who comes for it later', async () => {
    const model = createScriptedModel({ reply: () => 'Yes.', usage });
    await using t = await createTestApp({ model, billing: { price: outputOnly } });
    const payer = await createPayer(t.app, 460);
    const notices: (string[] | undefined)[] = [];
    const turnIds: string[] = [];
    for (const n of [1, 2, 3]) {
      await t.db('wallets').update({ full_micros: 1700 });
      const { turnId } = await t.app.turns.accept({ ...message(payer, 'Really?'), eventId: `e${n}` });
      turnIds.push(turnId);
      for await (const event of t.app.turns.follow(turnId, { signal: never })) {
        if (event.type === 'done') notices.push(event.notices);
      }
    }

    const warning = 'Less than 20% of your balance is left: $0.00031. Add to it at https://parley.example/account.';
    expect(notices).toEqual([[], [], [warning]]);
    const again: TurnEvent[] = [];
    for await (const event of t.app.turns.follow(turnIds[2]!, { signal: never })) again.push(event);
    expect(again.at(-1)).toMatchObject({ type: 'done', notices: [warning] });
  });

  it('is told in a chat, and not to a program, which has nobody to tell it to', async () => {
    const model = createScriptedModel({ reply: () => 'Yes.', usage });
    await using t = await createTestApp({ model, billing: { price: outputOnly } });
    const payer = await createPayer(t.app, 460);
    await t.db('wallets').update({ full_micros: 100_000 });
    const noticesOf = async (events: AsyncIterable<TurnEvent>) => {
      for await (const event of events) if (event.type === 'done') return event.notices;
    };

    const program = t.app.statelessQuestions.ask({ userId: payer.userId, text: 'Really?' }, { signal: never });
    const toProgram = await noticesOf(program);
    const inChat = await noticesOf(t.app.turns.run(message(payer, 'Really?'), { signal: never }));

    expect([toProgram, inChat]).toEqual([[], [expect.stringContaining('of your balance is left')]]);
  });
});

describe('an edited question', () => {
  const asked = { messageId: 'C1:1.0', eventId: 'event-1' };
  const edit = { messageId: 'C1:1.0', eventId: 'event-2', editedAt: new Date() };

  it('costs nothing for an answer that had not begun, and one answer in all', async () => {
    await using t = await createTestApp({ model: createScriptedModel({ usage }), billing: { price: outputOnly } });
    const payer = await createPayer(t.app, 100_000);
    const { turnId } = await t.app.turns.accept(message(payer, 'What is ti?', asked));
    const shown = readAnswer(t.app.turns.follow(turnId, { signal: never }));
    await t.model.call(0);

    await t.app.turns.accept(message(payer, 'What is it?', edit));
    const call = await t.model.call(1);
    call.say('Forty-two.');
    call.finish();
    await shown;

    expect(await balanceOf(t, payer)).toEqual([99_950, 0]);
    expect(await t.db('usage_records')).toHaveLength(1);
    expect(await reconcileLedger(t.db)).toEqual([]);
  });

  it('costs what had been written of the first answer, and the second one', async () => {
    await using t = await createTestApp({ model: createScriptedModel({ usage }), billing: { price: outputOnly } });
    const payer = await createPayer(t.app, 100_000);
    const { turnId } = await t.app.turns.accept(message(payer, 'What is ti?', asked));
    const shown = readAnswer(t.app.turns.follow(turnId, { signal: never }));
    (await t.model.call(0)).say('one two three');
    await expect.poll(() => t.model.calls[0]?.signal.aborted).toBe(false);

    await t.app.turns.accept(message(payer, 'What is it?', edit));
    const call = await t.model.call(1);
    call.say('Forty-two.');
    call.finish();
    await shown;

    const costs = await t.db('usage_records').orderBy('created_at').pluck('cost_micros');
    expect(costs).toEqual([3, 50]);
    await expect.poll(() => balanceOf(t, payer)).toEqual([100_000 - 53, 0]);
    expect(await t.db('messages').pluck('content')).toEqual(['What is it?', 'Forty-two.']);
    expect(await reconcileLedger(t.db)).toEqual([]);
  });
});
