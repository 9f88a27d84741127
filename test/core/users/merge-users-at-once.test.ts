import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { retryDeadlock } from '../../../core/db/retry-deadlock.ts';
import { AppError } from '../../../core/errors.ts';
import { mergeUsers } from '../../../core/users/merge-users.ts';
import { reconcileLedger } from '../../../core/wallet/reconcile.ts';
import { fc } from '../../support/fast-check.ts';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestApp } from '../../support/test-app.ts';

const NEVER = new AbortController().signal;
const PEOPLE = 4;
const GIFT = 1_000_000;

type Test = Pick<Awaited<ReturnType<typeof createTestApp>>, 'app' | 'db'>;
type Step =
  | { do: 'ask'; who: number }
  | { do: 'rate'; who: number; rating: 'up' | 'down' }
  | { do: 'merge'; who: number; into: number }
  | { do: 'erase'; who: number };

const who = fc.nat({ max: PEOPLE - 1 });
const ask: fc.Arbitrary<Step> = fc.record({ do: fc.constant('ask'), who });
const rate: fc.Arbitrary<Step> = fc.record({ do: fc.constant('rate'), who, rating: fc.constantFrom('up', 'down') });
const merge: fc.Arbitrary<Step> = fc.record({ do: fc.constant('merge'), who, into: who });
const erase: fc.Arbitrary<Step> = fc.record({ do: fc.constant('erase'), who });
/** What one list holds happens at once; the lists come one after the other. */
const rounds = (...steps: fc.Arbitrary<Step>[]) =>
  fc.array(fc.array(fc.oneof(...steps), { minLength: 2, maxLength: 8 }), { minLength: 1, maxLength: 3 });

/** Some people on Discord, as a bot sees them: it knows their ids there, and looks up who that is each time. */
async function createPeople({ app, db }: Test) {
  const world = randomUUID();
  const answered: { text: string; answerId: string }[] = [];
  const identity = (index: number) => ({ platform: 'discord' as const, platformUserId: `${world}-${index}` });
  const findUser = async (index: number) => app.users.findOrCreate({ ...identity(index), displayName: `P${index}` });
  const ids: string[] = [];
  for (let index = 0; index < PEOPLE; index += 1) {
    const { id } = await findUser(index);
    ids.push(id);
    await app.wallets.credit({ userId: id, amountMicros: GIFT, kind: 'credit', from: 'operator', key: randomUUID() });
  }

  async function askAs(index: number): Promise<void> {
    const { id: userId } = await findUser(index);
    const space = 'discord:g';
    const place = { platform: 'discord', space, kind: 'dm', id: `${world}-dm-${index}`, isPrivate: true } as const;
    const session = await app.conversations.current({ userId, place });
    const text = `${world} ${randomUUID()}`;
    const said = { platform: 'discord', eventId: randomUUID(), userId, sessionId: session.id, text } as const;
    const { turnId } = await app.turns.accept({ ...said, place: { space, isPrivate: true } });
    for await (const event of app.turns.follow(turnId, { signal: NEVER })) {
      if (event.type === 'done') answered.push({ text, answerId: event.answer.id });
    }
  }

  async function rateAs(index: number, rating: 'up' | 'down'): Promise<void> {
    const [answer] = answered;
    if (!answer) return;
    const { id: userId } = await findUser(index);
    await app.feedback.give({ userId, messageId: answer.answerId, rating, wasShown: true });
  }

  async function take(step: Step): Promise<void> {
    if (step.do === 'ask') return askAs(step.who);
    if (step.do === 'rate') return rateAs(step.who, step.rating);
    const { id } = await findUser(step.who);
    if (step.do === 'erase') return app.eraseUser(id);
    const { id: intoId } = await findUser(step.into);
    const people = { fromId: id, intoId, now: new Date() };
    await retryDeadlock(() => db.transaction((trx) => mergeUsers(trx, people)));
  }

  return {
    ids,
    answered,
    async run(all: Step[][]): Promise<void> {
      for (const round of all) {
        await Promise.all(
          round.map((step) =>
            take(step).catch((error) => {
              // Refused in words, as when somebody is erased while they ask; anything else is a fault.
              if (!(error instanceof AppError)) throw error;
            }),
          ),
        );
      }
    },
    /** Who each of them is now. */
    async users(): Promise<(string | undefined)[]> {
      return Promise.all(
        Array.from({ length: PEOPLE }, async (_, index) => (await app.users.findByIdentity(identity(index)))?.id),
      );
    },
    questions: () => db('messages').where({ role: 'user' }).whereLike('content', `${world} %`),
  };
}

/** Who has to be one after these merges. */
function groupsOf(all: Step[][]): number[] {
  const groups = Array.from({ length: PEOPLE }, (_, index) => index);
  for (const step of all.flat()) {
    if (step.do !== 'merge') continue;
    const [from, into] = [groups[step.who], groups[step.into]];
    for (const [index, group] of groups.entries()) if (group === from) groups[index] = into ?? group;
  }
  return groups;
}

describe('merges at the same time as everything else', () => {
  it('lose nothing and double nothing, whatever comes between', async () => {
    await using t = await createTestApp({ model: createScriptedModel({ reply: () => 'Yes.' }), billing: {} });
    await t.start();

    const property = fc.asyncProperty(rounds(ask, ask, rate, merge), async (all) => {
      await t.db('usage_records').delete();
      const world = await createPeople(t);
      await world.run(all);

      const asked = all.flat().filter((step) => step.do === 'ask').length;
      // A rating that meets the merge of the one who gives it may be refused, in words; a question never.
      expect(world.answered).toHaveLength(asked);
      const questions = await world.questions();
      expect(questions.map(({ content }) => content).toSorted()).toEqual(
        world.answered.map(({ text }) => text).toSorted(),
      );
      const turnIds = questions.map(({ turn_id }) => turn_id);
      const answers = await t.db('messages').where({ role: 'assistant' }).whereIn('turn_id', turnIds);
      expect(answers.map(({ turn_id }) => turn_id).toSorted()).toEqual(turnIds.toSorted());

      const users = await world.users();
      const groups = groupsOf(all);
      for (const [index, user] of users.entries()) {
        for (const [other, otherUser] of users.entries()) {
          expect(user === otherUser).toBe(groups[index] === groups[other]);
        }
      }
      const owners = await t.db('turns').whereIn('id', turnIds).distinct('user_id').pluck('user_id');
      expect(users).toEqual(expect.arrayContaining(owners));

      const records = await t.db('usage_records').select('user_id', 'cost_micros');
      expect(records).toHaveLength(asked);
      const spent = records.reduce((sum, { cost_micros }) => sum + cost_micros, 0);
      const wallets = await Promise.all([...new Set(users)].map((id) => t.app.wallets.open(id ?? '')));
      expect(wallets.reduce((sum, { balanceMicros }) => sum + balanceMicros, 0)).toBe(PEOPLE * GIFT - spent);
      expect(wallets.every(({ heldMicros }) => heldMicros === 0)).toBe(true);
      expect(await reconcileLedger(t.db)).toEqual([]);
    });

    await fc.assert(property, { numRuns: 20, endOnFailure: true });
  });

  it('leave nothing of who is erased meanwhile, and nothing half done', async () => {
    await using t = await createTestApp({ model: createScriptedModel({ reply: () => 'Yes.' }) });
    await t.start();

    const property = fc.asyncProperty(rounds(ask, ask, rate, merge, erase), async (all) => {
      const world = await createPeople(t);
      await world.run(all);

      const questions = await world.questions();
      const texts = questions.map(({ content }) => content);
      expect(new Set(texts).size).toBe(texts.length);
      for (const question of questions) {
        const answers = await t.db('messages').where({ turn_id: question.turn_id, role: 'assistant' });
        expect(answers).toHaveLength(1);
      }
      expect(await t.app.turns.countUnfinished()).toBe(0);
      const users = await world.users();
      const owners = await t
        .db('turns')
        .whereIn(
          'id',
          questions.map(({ turn_id }) => turn_id),
        )
        .pluck('user_id');
      expect(users).toEqual(expect.arrayContaining(owners));
      const erasedAtTheEnd = all.at(-1)?.every((step) => step.do === 'erase' && step.who === 0);
      if (erasedAtTheEnd) expect(users[0]).toBeUndefined();
    });

    await fc.assert(property, { numRuns: 20, endOnFailure: true });
  });
});
