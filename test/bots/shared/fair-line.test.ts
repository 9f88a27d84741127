import { describe, expect, it } from 'vitest';
import { createFairLine, type Try } from '../../../bots/shared/fair-line.ts';

/** A budget from which a test gives by hand. */
function createBudget() {
  let left = 0;
  const tryToTake = async (): Promise<Try<null>> => {
    if (left === 0) return { isGranted: false, waitMs: 1 };
    left -= 1;
    return { isGranted: true, grant: null };
  };
  return { tryToTake, give: (count: number) => (left += count) };
}

function createQueue() {
  const line = createFairLine();
  const budget = createBudget();
  const served: string[] = [];
  const ask = (name: string, { isAhead = false, of = 'all' } = {}) => {
    const place = line.enter({ person: name[0] ?? '', isAhead });
    return place.take(of, budget.tryToTake).then(() => {
      served.push(name);
      place.leave();
    });
  };
  return { line, budget, served, ask };
}

describe('a line in front of a budget', () => {
  it("gives everybody their first answer before anybody's second, and else goes by arrival", async () => {
    const { budget, served, ask } = createQueue();
    const asked = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map((name) => ask(name));

    budget.give(asked.length);
    await Promise.all(asked);

    expect(served).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('lets somebody new pass those who have just been answered', async () => {
    const { budget, served, ask } = createQueue();
    budget.give(1);
    await ask('a1');
    const asked = ['a2', 'b1'].map((name) => ask(name));

    budget.give(2);
    await Promise.all(asked);

    expect(served).toEqual(['a1', 'b1', 'a2']);
  });

  it('lets those who are ahead go first, also when they come last', async () => {
    const { budget, served, ask } = createQueue();
    const asked = [ask('a1'), ask('b1'), ask('m1', { isAhead: true })];

    budget.give(3);
    await Promise.all(asked);

    expect(served).toEqual(['m1', 'a1', 'b1']);
  });

  it('does not let many in one crowd hold up somebody elsewhere longer than their share', async () => {
    let later = 0;
    const line = createFairLine({ now: () => Date.now() + later });
    const budget = createBudget();
    const served: string[] = [];
    const ask = (name: string, crowd: string) => {
      const place = line.enter({ person: name, crowd });
      return place.take('all', budget.tryToTake).then(() => {
        served.push(name);
        place.leave();
      });
    };
    const asked = Array.from({ length: 20 }, (_, n) => ask(`a${n}`, 'a'));
    later = 3200;
    asked.push(ask('b', 'b'), ask('c', 'c'));

    budget.give(22);
    await Promise.all(asked);

    expect(served.slice(0, 6)).toEqual(['a0', 'a1', 'a2', 'b', 'c', 'a3']);
  });

  it('passes over who waits for one of several budgets, until that is there again', async () => {
    const { line, budget, served, ask } = createQueue();
    let isFree = false;
    const tryToTake = async (): Promise<Try<null>> =>
      isFree ? budget.tryToTake() : { isGranted: false, waitMs: 60_000, budget: 'one' };
    const first = line
      .enter({ person: 'a' })
      .take(['one', 'all'], tryToTake)
      .then(() => served.push('a'));

    budget.give(2);
    await ask('b');
    isFree = true;
    line.reopen('one');
    await first;

    expect(served).toEqual(['b', 'a']);
  });

  it('does not let those who wait for one budget hold up those who wait for another', async () => {
    const { line, ask } = createQueue();
    void ask('a1', { of: 'an empty one' });

    const place = line.enter({ person: 'b' });

    await expect(place.take('other', async () => ({ isGranted: true, grant: 7 }))).resolves.toBe(7);
  });

  it('answers somebody again as a first one after a while, and never makes a second one wait for ever', async () => {
    let at = 0;
    const line = createFairLine({ now: () => at });
    const budget = createBudget();
    const served: string[] = [];
    const ask = (name: string) =>
      line
        .enter({ person: name[0] ?? '' })
        .take('all', budget.tryToTake)
        .then(() => served.push(name));
    const early = [ask('a1'), ask('a2')];
    at = 6 * 60_000;
    const late = ask('b1');

    budget.give(3);
    const advancing = setInterval(() => (at += 10), 1);
    await Promise.all([...early, late]);
    clearInterval(advancing);

    expect(served).toEqual(['a1', 'a2', 'b1']);
  });

  it('leaves out who no longer waits, and passes on what a budget throws', async () => {
    const { line, budget, served, ask } = createQueue();
    const leaving = new AbortController();
    const left = line.enter({ person: 'a' }).take('all', budget.tryToTake, leaving.signal);
    const broken = line.enter({ person: 'b' }).take('broken', async () => Promise.reject(new Error('no database')));
    const other = ask('c1');

    leaving.abort(new Error('gone'));
    budget.give(1);

    await expect(left).rejects.toThrow('gone');
    await expect(broken).rejects.toThrow('no database');
    await other;
    expect(served).toEqual(['c1']);
  });

  it('serves fifty people with four questions each in four rounds', async () => {
    const { budget, served, ask } = createQueue();
    const people = Array.from({ length: 50 }, (_, n) => String.fromCodePoint(0x4e00 + n));
    const asked = people.flatMap((person) => [1, 2, 3, 4].map((round) => ask(`${person}${round}`)));

    budget.give(asked.length);
    await Promise.all(asked);

    for (let at = 0; at < 200; at += 1) expect(served[at]?.slice(-1)).toBe(String(Math.floor(at / 50) + 1));
  });
});
