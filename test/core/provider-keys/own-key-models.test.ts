import { describe, expect, it } from 'vitest';
import { createOwnKeyModels } from '../../../core/provider-keys/own-key-models.ts';
import { createCatalogueModel } from '../../support/catalogue-models.ts';

const catalogue = [
  createCatalogueModel({ id: 'weak', quality: 30, dollars: 0.1 }),
  createCatalogueModel({ id: 'dear', quality: 95, dollars: 9 }),
  createCatalogueModel({ id: 'fair', quality: 70, dollars: 1, contextTokens: 9000, maxOutputTokens: 700 }),
  createCatalogueModel({
    id: 'far/away',
    upstreamName: 'maker/away',
    quality: 99,
    dollars: 0.1,
    server: 'FAR_BASE_URL',
  }),
  createCatalogueModel({ id: 'ours', upstreamName: 'ours-2026-11', quality: 65, dollars: 5 }),
];

function createModels({ usualModel = 'auto', models = catalogue } = {}) {
  return createOwnKeyModels({
    catalogue: { read: async () => ({ version: 'v1', models }) },
    usualModel,
  });
}

const shared = { asker: { model: null }, place: { isPrivate: false } };
const atOperators = { model: null, isOperatorsServer: true };
const elsewhere = { model: null, isOperatorsServer: false };

describe('what an own key is used with where no model was asked for', () => {
  it("is the operator's model, by the name that its server knows", async () => {
    expect(await createModels({ usualModel: 'any-name' }).usual()).toEqual({ names: ['any-name'], isNamed: true });
    expect(await createModels({ usualModel: 'ours' }).usual()).toEqual({ names: ['ours-2026-11'], isNamed: true });
  });

  it('is the cheapest good one where the operator lets the router choose, then the others', async () => {
    const { names, isNamed } = await createModels().usual();

    expect(names).toEqual(['fair', 'ours-2026-11', 'dear', 'weak', 'maker/away']);
    expect(isNamed).toBe(false);
  });

  it('is there without a catalogue, too', async () => {
    const broken = createOwnKeyModels({
      catalogue: { read: () => Promise.reject(new Error('no file')) },
      usualModel: 'auto',
    });

    expect((await broken.usual()).names).toHaveLength(1);
    expect((await createModels({ models: [] }).usual()).names).toHaveLength(1);
  });
});

describe('the model that answers by an own key', () => {
  it('is the one it was saved with, whatever was chosen here', async () => {
    const place = { isPrivate: false, model: 'dear' };

    expect(await createModels().nameFor({ model: 'mine', isOperatorsServer: true }, { ...shared, place })).toBe('mine');
  });

  it("at the operator's server is what the place or the person has chosen there", async () => {
    const models = createModels({ usualModel: 'fair' });
    const asker = { model: 'ours' };

    const nameIn = (place: { isPrivate: boolean; model?: string }) => models.nameFor(atOperators, { asker, place });

    expect(await nameIn({ isPrivate: false })).toBe('ours-2026-11');
    expect(await nameIn({ isPrivate: false, model: 'dear' })).toBe('dear');
    expect(await nameIn({ isPrivate: true, model: 'dear' })).toBe('ours-2026-11');
  });

  it('is the usual one where what was chosen is on another server, or is the choice of the router', async () => {
    const models = createModels({ usualModel: 'fair' });

    for (const model of ['far/away', 'auto']) {
      expect(await models.nameFor(atOperators, { ...shared, place: { isPrivate: false, model } })).toBe('fair');
    }
    expect(await models.nameFor(elsewhere, { ...shared, place: { isPrivate: false, model: 'dear' } })).toBe('fair');
  });

  it('takes and gives as much as the catalogue says, also under the name of its maker', async () => {
    const models = createModels();

    expect(await models.limitsOf('fair')).toEqual({ contextTokens: 9000, maxOutputTokens: 700 });
    expect(await models.limitsOf('maker/fair')).toEqual({ contextTokens: 9000, maxOutputTokens: 700 });
    expect(await models.limitsOf('nobody-knows')).toBeNull();
  });
});
