import { expect, it } from 'vitest';
import { createListedModels } from '../../../core/models/listed-models.ts';
import { createSilentLogger } from '../../support/silent-logger.ts';
import { createTestClock } from '../../support/test-clock.ts';

const server = { baseUrl: 'http://models.example/v1', apiKey: 'k' };
const minutes = (count: number) => count * 60_000;

it('reads a list again every few minutes, answering meanwhile by the one before', async () => {
  const clock = createTestClock(new Date('2026-12-01T12:00:00Z'));
  const answers = [['a'], ['a', 'b']];
  let asked = 0;
  const lists = createListedModels({
    list: async () => answers[asked++] ?? [],
    clock,
    logger: createSilentLogger(),
  });

  expect(await lists.find(server)).toEqual(['a']);
  clock.advance(minutes(2));
  expect(await lists.find(server)).toEqual(['a']);
  expect(asked).toBe(1);
  clock.advance(minutes(2));
  expect(await lists.find(server)).toEqual(['a']);
  await expect.poll(() => lists.find(server)).toEqual(['a', 'b']);
  expect(asked).toBe(2);
});

it('keeps a list that cannot be read anew, and is back soon after', async () => {
  const clock = createTestClock(new Date('2026-12-01T12:00:00Z'));
  let isDown = false;
  let asked = 0;
  const lists = createListedModels({
    async list() {
      asked += 1;
      if (isDown) throw new Error('down');
      return ['a'];
    },
    clock,
    logger: createSilentLogger(),
  });
  await lists.find(server);
  isDown = true;
  clock.advance(minutes(4));

  expect(await lists.find(server)).toEqual(['a']);
  await expect.poll(() => asked).toBe(2);
  clock.advance(minutes(1));
  expect(await lists.find(server)).toEqual(['a']);
  await expect.poll(() => asked).toBe(3);
});
