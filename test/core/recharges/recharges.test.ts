import { describe, expect, it } from 'vitest';
import { createRecharges } from '../../../core/recharges/recharges.ts';
import { checkoutAt, createFakeStripe, type StripeEvent, signed, signedText } from '../../support/fake-stripe.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { CENT, createTestWallets } from '../../support/test-wallets.ts';

const TEN_DOLLARS = 1000;

async function createTestRecharges() {
  const t = await createTestWallets();
  const stripe = await createFakeStripe();
  const recharges = createRecharges({
    db: t.db,
    clock: t.clock,
    logger: createSilentLogger(),
    wallets: t.wallets,
    checkout: checkoutAt(stripe),
    amountsCents: [500, TEN_DOLLARS],
    accountUrl: 'https://parley.example/account',
  });
  return {
    ...t,
    stripe,
    recharges,

    async begin(userId: string, amountCents = TEN_DOLLARS) {
      const { id, url } = await recharges.begin({ userId, amountCents });
      return { rechargeId: id, session: stripe.getSession(url) };
    },

    receive(event: StripeEvent, how: Parameters<typeof signed>[1] = {}): Promise<void> {
      const { body, signature } = signed(event, how);
      return recharges.receive(body, signature);
    },

    /** Balance, what is owed in cents, and whether the wallet rests. */
    async standing(userId: string) {
      const wallet = await t.wallets.open(userId);
      return [wallet.balanceMicros / CENT, wallet.owedMicros / CENT, wallet.isFrozen];
    },

    /** Spends at once, as an answer would. */
    async spend(userId: string, cents: number): Promise<void> {
      await t.db.transaction((trx) =>
        t.wallets.purchase(trx, { userId, amountMicros: cents * CENT, key: crypto.randomUUID(), note: 'n' }),
      );
    },

    async [Symbol.asyncDispose]() {
      await stripe[Symbol.asyncDispose]();
      await t[Symbol.asyncDispose]();
    },
  };
}

describe('recharging', () => {
  it('sends people to a page at Stripe that knows who pays how much for what', async () => {
    await using t = await createTestRecharges();
    const ada = await t.createPerson();

    const { rechargeId, session } = await t.begin(ada);

    expect(Object.fromEntries(session.fields)).toMatchObject({
      mode: 'payment',
      client_reference_id: ada,
      'metadata[recharge_id]': rechargeId,
      'payment_intent_data[metadata][recharge_id]': rechargeId,
      'line_items[0][price_data][currency]': 'usd',
      'line_items[0][price_data][unit_amount]': '1000',
      success_url: `https://parley.example/account?recharge=${rechargeId}`,
      cancel_url: `https://parley.example/account?recharge=${rechargeId}`,
    });
    expect(t.stripe.requests.map(({ key }) => key)).toEqual([rechargeId]);
    expect(await t.standing(ada)).toEqual([0, 0, false]);
  });

  it('makes one page even when Stripe has to be asked again', async () => {
    await using t = await createTestRecharges();
    t.stripe.failNext(1);

    const { session } = await t.begin(await t.createPerson());

    expect(session.url).toMatch(/^https:/);
    expect(new Set(t.stripe.requests.map(({ key }) => key)).size).toBe(1);
  });

  it('says so when Stripe does not answer, and credits nothing', async () => {
    await using t = await createTestRecharges();
    const ada = await t.createPerson();
    t.stripe.failNext(99);

    await expect(t.begin(ada)).rejects.toMatchObject({ code: 'payment_unavailable' });

    expect(await t.standing(ada)).toEqual([0, 0, false]);
  });

  it.each([[0], [-500], [501], [100_000_000]])('refuses an amount of %d cents that is not offered', async (cents) => {
    await using t = await createTestRecharges();

    await expect(t.begin(await t.createPerson(), cents)).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'amount_cents must be one of 500, 1000.',
    });
  });
});

describe('a payment', () => {
  it('is credited once, however often and in whatever order it is told', async () => {
    await using t = await createTestRecharges();
    const ada = await t.createPerson();
    const { rechargeId, session } = await t.begin(ada);
    const [completed, again, later] = [
      t.stripe.completed(session),
      t.stripe.completed(session),
      t.stripe.laterPaid(session),
    ];

    await Promise.all([completed, later, again, completed, t.stripe.expired(session)].map((event) => t.receive(event)));

    expect(await t.standing(ada)).toEqual([1000, 0, false]);
    expect(await t.recharges.get({ userId: ada, rechargeId })).toMatchObject({ state: 'paid', postings: 1 });
    expect(await t.problems()).toEqual([]);
  });

  it('that has not arrived yet is not credited before it has', async () => {
    await using t = await createTestRecharges();
    const ada = await t.createPerson();
    const { session } = await t.begin(ada);

    await t.receive(t.stripe.completed(session, { payment_status: 'unpaid' }));
    const before = await t.standing(ada);
    await t.receive(t.stripe.laterPaid(session));

    expect([before, await t.standing(ada)]).toEqual([
      [0, 0, false],
      [1000, 0, false],
    ]);
  });

  it('is found by what went along with it when its page was never heard of', async () => {
    await using t = await createTestRecharges();
    const ada = await t.createPerson();
    const { session } = await t.begin(ada);
    await t.db('recharges').update({ checkout_id: null });

    await t.receive(t.stripe.completed(session));

    expect(await t.standing(ada)).toEqual([1000, 0, false]);
  });

  it('told of without its amount is the one that was asked for', async () => {
    await using t = await createTestRecharges();
    const ada = await t.createPerson();
    const { session } = await t.begin(ada);

    await t.receive(t.stripe.completed(session, { amount_total: undefined, currency: undefined }));

    expect(await t.standing(ada)).toEqual([1000, 0, false]);
  });

  it.each([
    ['another amount', { amount_total: 1 }],
    ['another currency', { currency: 'jpy' }],
    ['another page, with this one’s id', { id: 'cs_test_other' }],
  ])('of %s is not credited', async (_, changed) => {
    await using t = await createTestRecharges();
    const ada = await t.createPerson();
    const { session } = await t.begin(ada);

    await t.receive(t.stripe.completed(session, changed));

    expect(await t.standing(ada)).toEqual([0, 0, false]);
  });

  it('of somebody else’s shop is none of our business', async () => {
    await using t = await createTestRecharges();
    const foreign = { id: 'cs_live_x', url: '', paymentId: 'pi_x', fields: new URLSearchParams() };

    await t.receive(t.stripe.completed(foreign));
    await t.receive(t.stripe.refunded(foreign, 500));
    await t.receive({ id: 'evt_1', type: 'invoice.paid', object: { id: 'in_1' } });

    expect(await t.db('ledger_entries')).toEqual([]);
  });

  it.each([
    ['with another secret', { secret: 'whsec_guessed' }],
    ['an hour ago', { at: new Date(Date.now() - 3_600_000) }],
  ])('is not believed when it was signed %s', async (_, how) => {
    await using t = await createTestRecharges();
    const ada = await t.createPerson();
    const { session } = await t.begin(ada);

    await expect(t.receive(t.stripe.completed(session), how)).rejects.toMatchObject({ code: 'invalid_request' });

    expect(await t.standing(ada)).toEqual([0, 0, false]);
  });

  it.each(['checkout.session.completed', 'checkout.session.expired', 'charge.refunded', 'charge.dispute.created'])(
    'is not taken from a %s that says nothing of it, as when it was sent by hand',
    async (type) => {
      await using t = await createTestRecharges();

      await expect(t.receive({ id: 'evt_1', type, object: {} })).rejects.toMatchObject({ code: 'invalid_request' });
    },
  );

  it('in a currency that the person chose is credited as what was asked for, and taken back in the same share', async () => {
    await using t = await createTestRecharges();
    const ada = await t.createPerson();
    const { session } = await t.begin(ada);
    const chosen = { amount_total: 920, currency: 'eur' };
    const conversion = { amount_subtotal: 1000, amount_total: 1000, fx_rate: '0.92', source_currency: 'usd' };

    await t.receive(t.stripe.completed(session, { ...chosen, currency_conversion: conversion }));
    const paid = await t.standing(ada);
    await t.receive(t.stripe.refunded(session, 230));

    expect([paid, await t.standing(ada)]).toEqual([
      [1000, 0, false],
      [750, 0, false],
    ]);
    expect(await t.problems()).toEqual([]);
  });

  it('of another amount is not credited because the currency was converted', async () => {
    await using t = await createTestRecharges();
    const ada = await t.createPerson();
    const { session } = await t.begin(ada);
    const conversion = { amount_subtotal: 1, amount_total: 1, fx_rate: '0.92', source_currency: 'usd' };

    await t.receive(t.stripe.completed(session, { amount_total: 1, currency: 'eur', currency_conversion: conversion }));

    expect(await t.standing(ada)).toEqual([0, 0, false]);
  });

  it('is not what an event of the second API tells of, which is acknowledged', async () => {
    await using t = await createTestRecharges();
    const thin = {
      id: 'evt_test_65R9Ijk8dKEYZcXeRWn16R9A',
      object: 'v2.core.event',
      type: 'v1.billing.meter.error_report_triggered',
      created: '2026-11-30T10:00:00.000Z',
      related_object: { id: 'mtr_1', type: 'billing.meter', url: '/v1/billing/meters/mtr_1' },
    };
    const { body, signature } = signedText(JSON.stringify(thin));

    await expect(t.recharges.receive(body, signature)).resolves.toBeUndefined();

    const forged = signedText(JSON.stringify(thin), { secret: 'whsec_guessed' });
    await expect(t.recharges.receive(forged.body, forged.signature)).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('is not taken from something signed that is no event', async () => {
    await using t = await createTestRecharges();

    for (const payload of ['{"hello":1}', 'hello', 'null', '']) {
      const { body, signature } = signedText(payload);
      await expect(t.recharges.receive(body, signature)).rejects.toMatchObject({ code: 'invalid_request' });
    }
  });

  it('is shown to nobody but whoever made it', async () => {
    await using t = await createTestRecharges();
    const { rechargeId } = await t.begin(await t.createPerson());

    await expect(t.recharges.get({ userId: await t.createPerson(), rechargeId })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('a refund that comes to nothing', () => {
  const half = { id: 're_1', cents: 500 };

  it.each([
    ['fails', 'refund.failed', 'failed'],
    ['fails, as older webhook versions tell it', 'charge.refund.updated', 'failed'],
    ['is cancelled', 'refund.updated', 'canceled'],
  ])('because it %s is given back', async (_, type, status) => {
    await using t = await createTestRecharges();
    const ada = await t.createPerson();
    const { session } = await t.begin(ada);
    await t.receive(t.stripe.completed(session));

    await t.receive(t.stripe.refunded(session, 500));
    const refunded = await t.standing(ada);
    await t.receive(t.stripe.singleRefund(session, { ...half, type, status }));

    expect([refunded, await t.standing(ada)]).toEqual([
      [500, 0, false],
      [1000, 0, false],
    ]);
    expect(await t.problems()).toEqual([]);
  });

  it('pays what it had made somebody owe', async () => {
    await using t = await createTestRecharges();
    const ada = await t.createPerson();
    const { session } = await t.begin(ada);
    await t.receive(t.stripe.completed(session));
    await t.spend(ada, 1000);
    await t.receive(t.stripe.refunded(session, 500));
    const owing = await t.standing(ada);

    await t.receive(t.stripe.singleRefund(session, { ...half, status: 'failed' }));

    expect([owing, await t.standing(ada)]).toEqual([
      [0, 500, true],
      [0, 0, false],
    ]);
    expect(await t.problems()).toEqual([]);
  });

  it.each([
    ['together and one by one', true],
    ['together and what fails', false],
  ])('does not hide a later one, told of %s', async (_, tellsEach) => {
    await using t = await createTestRecharges();
    const ada = await t.createPerson();
    const { session } = await t.begin(ada);
    await t.receive(t.stripe.completed(session));
    const second = { id: 're_2', cents: 300 };
    const news = [
      { ...t.stripe.refunded(session, 500), created: 1_000 },
      { ...t.stripe.singleRefund(session, { ...half, status: 'failed', type: 'refund.failed' }), created: 2_000 },
      // Stripe leaves out of the sum what has failed.
      { ...t.stripe.refunded(session, 300), created: 3_000 },
    ];
    const each = [
      { ...t.stripe.singleRefund(session, { ...half, status: 'succeeded', type: 'refund.created' }), created: 1_000 },
      { ...t.stripe.singleRefund(session, { ...second, status: 'succeeded', type: 'refund.created' }), created: 3_000 },
    ];

    for (const event of tellsEach ? [...news, ...each] : news.toReversed()) await t.receive(event);

    expect(await t.standing(ada)).toEqual([700, 0, false]);
    expect(await t.problems()).toEqual([]);
  });

  it('is told of one by one alone, in any order', async () => {
    await using t = await createTestRecharges();
    const ada = await t.createPerson();
    const { session } = await t.begin(ada);
    const refund = (status: string, created: number) => ({
      ...t.stripe.singleRefund(session, { ...half, status }),
      created,
    });

    await t.receive(refund('failed', 3_000));
    await t.receive(refund('succeeded', 2_000));
    await t.receive(t.stripe.completed(session));
    await t.receive(refund('pending', 1_000));

    expect(await t.standing(ada)).toEqual([1000, 0, false]);
  });

  it('counts while it is on its way', async () => {
    await using t = await createTestRecharges();
    const ada = await t.createPerson();
    const { session } = await t.begin(ada);
    await t.receive(t.stripe.completed(session));

    await t.receive(t.stripe.singleRefund(session, { ...half, status: 'pending', type: 'refund.created' }));

    expect(await t.standing(ada)).toEqual([500, 0, false]);
  });
});

describe('a payment that is taken back', () => {
  it('leaves the balance in parts, by what was refunded in all', async () => {
    await using t = await createTestRecharges();
    const ada = await t.createPerson();
    const { session } = await t.begin(ada);
    await t.receive(t.stripe.completed(session));

    for (const cents of [300, 700, 300, 700]) await t.receive(t.stripe.refunded(session, cents));

    expect(await t.standing(ada)).toEqual([300, 0, false]);
    expect(await t.problems()).toEqual([]);
  });

  it('before it was heard of is not given in the first place', async () => {
    await using t = await createTestRecharges();
    const ada = await t.createPerson();
    const { session } = await t.begin(ada);

    await t.receive(t.stripe.refunded(session, 400));
    await t.receive(t.stripe.completed(session));

    expect(await t.standing(ada)).toEqual([600, 0, false]);
    const { items } = await t.wallets.listLedger({ userId: ada, limit: 5 });
    expect(items.map(({ kind, amountMicros }) => [kind, amountMicros / CENT])).toEqual([
      ['refund', -400],
      ['recharge', 1000],
    ]);
  });

  it('that is spent already is owed, freezes the wallet, and is paid by the next credit', async () => {
    await using t = await createTestRecharges();
    const ada = await t.createPerson();
    const { session } = await t.begin(ada);
    await t.receive(t.stripe.completed(session));
    await t.spend(ada, 900);

    await t.receive(t.stripe.refunded(session, 1000));
    const owing = await t.standing(ada);
    await t.credit(ada, 1000);

    expect([owing, await t.standing(ada)]).toEqual([
      [0, 900, true],
      [100, 0, false],
    ]);
    expect(await t.problems()).toEqual([]);
  });

  it('by a dispute freezes the wallet until that is decided, and comes back when it is won', async () => {
    await using t = await createTestRecharges();
    const ada = await t.createPerson(50);
    const { session } = await t.begin(ada);
    await t.receive(t.stripe.completed(session));

    for (const event of t.stripe.disputed(session)) await t.receive(event);
    const open = await t.standing(ada);
    for (const event of t.stripe.disputeWon(session)) await t.receive(event);

    expect([open, await t.standing(ada)]).toEqual([
      [50, 0, true],
      [1050, 0, false],
    ]);
  });

  it('by a dispute that was lost stays away', async () => {
    await using t = await createTestRecharges();
    const ada = await t.createPerson(50);
    const { session } = await t.begin(ada);
    const events = [t.stripe.completed(session), ...t.stripe.disputed(session), ...t.stripe.disputeLost(session)];

    for (const event of events.toReversed()) await t.receive(event);

    expect(await t.standing(ada)).toEqual([50, 0, false]);
    expect(await t.problems()).toEqual([]);
  });

  it('ends the same in every order of the same news', async () => {
    await using t = await createTestRecharges();
    const orders = [
      [0, 1, 2, 3, 4],
      [4, 3, 2, 1, 0],
      [2, 0, 4, 1, 3],
      [3, 1, 0, 4, 2],
    ];
    const standings = [];
    for (const order of orders) {
      const ada = await t.createPerson(50);
      const { session } = await t.begin(ada);
      const news = [t.stripe.completed(session), ...t.stripe.disputed(session), ...t.stripe.disputeWon(session)];
      await Promise.all(order.map((index) => t.receive(news[index]!)));
      standings.push(await t.standing(ada));
    }

    expect(standings).toEqual(orders.map(() => [1050, 0, false]));
    expect(await t.problems()).toEqual([]);
  });
});
