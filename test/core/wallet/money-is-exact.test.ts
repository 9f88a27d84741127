import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createKeyCaps } from '../../../core/api-keys/key-caps.ts';
import { createRecharges } from '../../../core/recharges/recharges.ts';
import { mergeUsers } from '../../../core/users/merge-users.ts';
import { type AnswerPayments, createAnswerPayments, type Payment } from '../../../core/wallet/answer-payments.ts';
import { checkoutAt, createFakeStripe, type StripeEvent, signed } from '../../support/fake-stripe.ts';
import { fc } from '../../support/fast-check.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { outputOnly } from '../../support/test-billing.ts';
import { CENT, createTestWallets, type TestWallets } from '../../support/test-wallets.ts';

const PEOPLE = 3;
const OPENING = 2000;
const FREE = 900;
const RECHARGE_CENTS = 500;
const price = { ...outputOnly, version: 'v1' };

type Step =
  | { do: 'ask'; who: number; most: number }
  | { do: 'finish' | 'crash' | 'retake'; which: number; cost: number }
  | { do: 'recharge'; who: number }
  | { do: 'tell'; which: number; times: number }
  | { do: 'credit' | 'erase'; who: number }
  | { do: 'merge'; who: number; into: number }
  | { do: 'midnight' };

const who = fc.nat(PEOPLE - 1);
const which = fc.nat(20);
const cost = fc.integer({ min: 0, max: 1500 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('ask' as const), who, most: fc.integer({ min: 1, max: 1500 }) }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('finish' as const), which, cost }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), which, cost }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retake' as const), which, cost }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('recharge' as const), who }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('tell' as const), which, times: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('credit' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('erase' as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('merge' as const), who, into: who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('midnight' as const) }) },
);

/** Several steps of one group run at once, and the groups one after the other. */
const groups = fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 12 });

interface OpenAnswer {
  turnId: string;
  payment: Payment;
  most: number;
}

/** People who ask, pay, crash, charge back, merge and leave, with what really happened kept beside the books. */
async function createWorld(t: TestWallets, stripe: Awaited<ReturnType<typeof createFakeStripe>>) {
  const payments: AnswerPayments = createAnswerPayments({
    db: t.db,
    clock: t.clock,
    wallets: t.wallets,
    keyCaps: createKeyCaps({ db: t.db, clock: t.clock }),
    isOn: true,
    priceOf: async () => price,
    waysOn: { accountUrl: '', canRecharge: true },
  });
  const recharges = createRecharges({
    db: t.db,
    clock: t.clock,
    logger: createSilentLogger(),
    wallets: t.wallets,
    checkout: checkoutAt(stripe),
    amountsCents: [RECHARGE_CENTS],
    accountUrl: '',
  });
  const people = await Promise.all(Array.from({ length: PEOPLE }, () => t.createPerson()));
  const answers: OpenAnswer[] = [];
  const news: StripeEvent[] = [];
  /** Of every answer that was delivered, what it cost; by turn, so that one counted twice is seen. */
  const delivered = new Map<string, number>();

  async function begin(userId: string, turnId: string, most: number, attempts: number): Promise<void> {
    const payment = await payments.begin({
      userId,
      turnId,
      attempts,
      isPrivate: true,
      payer: 'operator',
      modelId: 'm',
      costsNothing: false,
      inputTokens: { most: 0, careful: () => 0 },
      maxOutputTokens: most,
      // Whoever would wait for others of the same person gives up here: they may never end in this test.
      signal: AbortSignal.abort(),
    });
    answers.push({ turnId, payment, most: payment.maxOutputTokens });
  }

  async function end(answer: OpenAnswer, cost: number): Promise<void> {
    const usage = { inputTokens: 0, outputTokens: Math.min(cost, answer.most) };
    const spending = payments.toSpending(answer.payment, usage, { modelId: 'm', price });
    const settled = await payments.settle(answer.payment, spending);
    const isPaidBefore = settled?.chargedMicros === 0 && delivered.has(answer.turnId);
    if (settled && !isPaidBefore)
      delivered.set(answer.turnId, (delivered.get(answer.turnId) ?? 0) + usage.outputTokens);
  }

  async function take(step: Step): Promise<void> {
    switch (step.do) {
      case 'ask':
        return begin(people[step.who]!, randomUUID(), step.most, 1);
      case 'finish': {
        const answer = answers[step.which % answers.length];
        return answer && end(answer, step.cost);
      }
      case 'crash': {
        const [answer] = answers.splice(step.which % Math.max(1, answers.length), 1);
        if (answer)
          await t
            .db('holds')
            .where({ id: answer.payment.holdId, state: 'held' })
            .update({ turn_id: null, expires_at: new Date(0) });
        return void (await t.wallets.expireHolds());
      }
      case 'retake': {
        const answer = answers[step.which % answers.length];
        const hold = answer && (await t.db('holds').where({ id: answer.payment.holdId, state: 'held' }).first());
        if (hold) await begin(people[0]!, answer.turnId, answer.most, 2);
        return;
      }
      case 'recharge': {
        const { url } = await recharges.begin({ userId: people[step.who]!, amountCents: RECHARGE_CENTS });
        const page = stripe.getSession(url);
        news.push(
          stripe.completed(page),
          stripe.refunded(page, 200),
          ...stripe.disputed(page),
          ...stripe.disputeWon(page),
        );
        return;
      }
      case 'tell': {
        const event = news[step.which % news.length];
        if (!event) return;
        const { body, signature } = signed(event);
        await Promise.all(Array.from({ length: step.times }, () => recharges.receive(body, signature)));
        return;
      }
      case 'credit':
        return void (await t.credit(people[step.who]!, 1));
      case 'merge':
        return void (await t.db.transaction((trx) =>
          mergeUsers(trx, { fromId: people[step.who]!, intoId: people[step.into]!, now: t.clock.now() }),
        ));
      case 'erase':
        return t.erase(people[step.who]!);
      case 'midnight':
        t.clock.advance(24 * 60 * 60 * 1000);
    }
  }

  return { take, delivered, people, newsCount: () => news.length };
}

/** What people are refused on purpose; anything else is a bug. */
const REFUSALS = ['balance_too_low', 'not_found', 'conflict'];

async function revenueOf({ db }: TestWallets): Promise<number> {
  const row = await db('ledger_entries').where({ account: 'revenue' }).sum('amount_micros').first();
  return Number(row?.sum ?? 0);
}

describe('money', () => {
  it('is exact whatever happens at once: nothing lost, nothing charged twice, nothing free, nobody below zero', async () => {
    await using stripe = await createFakeStripe();
    await fc.assert(
      fc.asyncProperty(groups, async (plan) => {
        await using t = await createTestWallets({ openingMicros: OPENING, freeDailyMicros: FREE });
        const world = await createWorld(t, stripe);

        for (const group of plan) {
          const outcomes = await Promise.allSettled(group.map(world.take));
          for (const outcome of outcomes) {
            if (outcome.status === 'fulfilled' || outcome.reason?.name === 'AbortError') continue;
            expect(REFUSALS, `${outcome.reason?.detail} ${outcome.reason?.where} ${outcome.reason?.stack}`).toContain(
              outcome.reason?.code,
            );
          }
        }

        expect(await t.problems()).toEqual([]);
        const charged = await t.db('ledger_transactions').where({ kind: 'charge' }).pluck('turn_id');
        expect(new Set(charged).size).toBe(charged.length);
        expect(await revenueOf(t)).toBe([...world.delivered.values()].reduce((sum, cost) => sum + cost, 0));
        const [negative] = await t.db('wallets').whereRaw('least(balance_micros, free_micros, owed_micros) < 0');
        expect(negative).toBeUndefined();
      }),
      { numRuns: 25 },
    );
  });

  it('of a recharge ends as the last word has it, in any order of any number of deliveries', async () => {
    await using stripe = await createFakeStripe();
    await using t = await createTestWallets();
    const world = await createWorld(t, stripe);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([0, 0, 1, 1, 2, 3, 4, 5], { minLength: 8, maxLength: 8 }), async (order) => {
        const userId = await t.createPerson();
        world.people[0] = userId;
        await world.take({ do: 'recharge', who: 0 });
        const first = world.newsCount() - 6;

        for (const index of order) await world.take({ do: 'tell', which: first + index, times: 1 });

        expect(await t.wallets.open(userId)).toMatchObject({
          balanceMicros: 300 * CENT,
          owedMicros: 0,
          isFrozen: false,
        });
      }),
      { numRuns: 25 },
    );
    expect(await t.problems()).toEqual([]);
  });
});
