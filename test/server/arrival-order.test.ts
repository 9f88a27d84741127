import { describe, expect, it } from 'vitest';
import { createArrivalOrder } from '../../server/arrival-order.ts';

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
});
