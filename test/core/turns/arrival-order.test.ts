import { setImmediate as later } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createArrivalOrder } from '../../../core/turns/arrival-order.ts';

describe('the order of arrival', () => {
  it('lets nobody through before those who came earlier', async () => {
    const order = createArrivalOrder();
    const [first, second, third] = [order.enter('a'), order.enter('a'), order.enter('a')];
    const passed: string[] = [];
    const waiting = [third.waitForEarlier().then(() => passed.push('third'))];
    waiting.push(second.waitForEarlier().then(() => passed.push('second')));

    second.pass();
    await first.waitForEarlier();
    passed.push('first');
    first.pass();
    await Promise.all(waiting);

    expect(passed[0]).toBe('first');
    expect(passed).toHaveLength(3);
  });

  it('keeps other lines out of it', async () => {
    const order = createArrivalOrder();
    order.enter('a');

    await expect(order.enter('b').waitForEarlier()).resolves.toBeUndefined();
  });

  it('lets the next one through when everybody before has passed', async () => {
    const order = createArrivalOrder();
    order.enter('a').pass();

    await expect(order.enter('a').waitForEarlier()).resolves.toBeUndefined();
  });

  it('waits no longer than makes sense for one that gets no further', async () => {
    const order = createArrivalOrder({ patienceMs: 1 });
    order.enter('a');

    await expect(order.enter('a').waitForEarlier()).resolves.toBeUndefined();
  });

  it('does what arrives at one place one after the other, whatever each takes', async () => {
    const order = createArrivalOrder();
    const log: string[] = [];
    const work = (name: string, steps: number) => async () => {
      log.push(`${name} begins`);
      for (let step = 0; step < steps; step += 1) await later();
      log.push(`${name} ends`);
      return name;
    };

    const done = await Promise.all([order.run('a', work('slow', 3)), order.run('a', work('fast', 0))]);

    expect(done).toEqual(['slow', 'fast']);
    expect(log).toEqual(['slow begins', 'slow ends', 'fast begins', 'fast ends']);
  });

  it('lets nobody wait for another place, nor for ever after a failure', async () => {
    const order = createArrivalOrder();
    const stuck = order.run('a', () => new Promise(() => {}));
    const failed = order.run('b', () => Promise.reject(new Error('no')));

    const next = order.run('b', async () => 'next');

    await expect(failed).rejects.toThrow('no');
    expect(await Promise.race([next, stuck])).toBe('next');
  });
});
