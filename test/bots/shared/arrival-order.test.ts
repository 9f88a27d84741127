import { setImmediate as later } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createArrivalOrder } from '../../../bots/shared/arrival-order.ts';

it('does what arrives at one place one after the other, whatever each takes', async () => {
  const inOrder = createArrivalOrder();
  const log: string[] = [];
  const work = (name: string, steps: number) => async () => {
    log.push(`${name} begins`);
    for (let step = 0; step < steps; step += 1) await later();
    log.push(`${name} ends`);
    return name;
  };

  const done = await Promise.all([inOrder('a', work('slow', 3)), inOrder('a', work('fast', 0))]);

  expect(done).toEqual(['slow', 'fast']);
  expect(log).toEqual(['slow begins', 'slow ends', 'fast begins', 'fast ends']);
});

it('lets nobody wait for another place, nor for ever after a failure', async () => {
  const inOrder = createArrivalOrder();
  const stuck = inOrder('a', () => new Promise(() => {}));
  const failed = inOrder('b', () => Promise.reject(new Error('no')));

  const next = inOrder('b', async () => 'next');

  await expect(failed).rejects.toThrow('no');
  expect(await Promise.race([next, stuck])).toBe('next');
});
