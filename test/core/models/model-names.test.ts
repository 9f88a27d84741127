import { expect, it } from 'vitest';
import { createModelNames } from '../../../core/models/model-names.ts';
import type { CatalogueModel } from '../../../core/ports/catalogue-model.ts';

const namesOf = (...ids: string[]) =>
  createModelNames({
    offered: { list: async () => ids.map((id) => ({ id }) as CatalogueModel) },
    usualModel: 'qwen3:8b',
    isAtServer: async (name) => name === 'beside-the-table',
  });

it('knows what is offered, the word for none in particular, what the operator has named, and what the server lists', async () => {
  const find = namesOf('small', 'Large');

  for (const [typed, name] of [
    ['small', 'small'],
    ['LARGE', 'Large'],
    ['auto', 'auto'],
    ['Qwen3:8b', 'qwen3:8b'],
    ['beside-the-table', 'beside-the-table'],
  ] as const) {
    expect(await find(typed)).toBe(name);
  }
});

it('names what is most like a wrong name where there are too many', async () => {
  const find = namesOf(...Array.from({ length: 50 }, (_, n) => `maker/other-${n}x`), 'maker/llama-4-scout');

  const error: Error = await find('llama-4').then(Promise.reject, (reason) => reason);

  expect(error.message).toMatch(/Choose one of these: maker\/llama-4-scout, .* or one of 41 others\.$/);
  expect(error.message.length).toBeLessThan(400);
});
