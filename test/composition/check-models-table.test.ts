import { expect, it } from 'vitest';
import { checkModelsTable } from '../../composition/check-models-table.ts';
import { createCatalogueModel } from '../support/catalogue-models.ts';
import { createTestClock } from '../support/test-clock.ts';

const clock = createTestClock(new Date('2026-11-21T12:00:00Z'));
const usable = createCatalogueModel({ id: 'usable' });
const ending = createCatalogueModel({ id: 'ending', retiresOn: '2026-12-11' });
const endingLater = createCatalogueModel({ id: 'later', retiresOn: '2027-04-01' });
const elsewhere = createCatalogueModel({ id: 'elsewhere', retiresOn: '2026-11-30' });

function modelsOf(all: (typeof usable)[], offered: (typeof usable)[], silent: string[] = []) {
  const version = { version: 'v', models: all };
  return {
    catalogue: { read: async () => version },
    offered: { list: async () => offered, silentServers: async () => silent },
  } as unknown as Parameters<typeof checkModelsTable>[0];
}

it('tells how many models there are, and how many can be used', async () => {
  expect(await checkModelsTable(modelsOf([usable, endingLater, elsewhere], [usable, endingLater]), clock)).toEqual({
    state: 'ok',
    detail: '3 models, 2 of them set up here.',
  });
});

it('warns of a server that does not list its models', async () => {
  expect(await checkModelsTable(modelsOf([usable], [usable], ['OPENAI_BASE_URL']), clock)).toMatchObject({
    state: 'warning',
    detail:
      '1 models, 1 of them set up here. The server at OPENAI_BASE_URL does not list its models, so the table is believed.',
  });
});

it('warns of models that their provider ends within a month', async () => {
  expect(await checkModelsTable(modelsOf([usable, ending], [usable, ending]), clock)).toMatchObject({
    state: 'warning',
    detail: '2 models, 2 of them set up here. Their provider ends ending on 2026-12-11.',
  });
});
