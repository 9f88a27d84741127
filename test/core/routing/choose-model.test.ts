import { describe, expect, it } from 'vitest';
import { chooseModel } from '../../../core/routing/choose-model.ts';
import type { QualityNeed } from '../../../core/routing/quality-need.ts';
import { createCatalogueModel } from '../../support/catalogue-models.ts';
import { fc } from '../../support/fast-check.ts';

const small = createCatalogueModel({ id: 'small', quality: 50, dollars: 0.1 });
const middle = createCatalogueModel({ id: 'middle', quality: 70, dollars: 1 });
const large = createCatalogueModel({ id: 'large', quality: 90, dollars: 5 });
const models = [large, small, middle];
const call = { inputTokens: 2000, outputTokens: 300, hasImages: false };
const needing = (need: number): QualityNeed => ({ need, kind: 'other', because: [] });
const idsOf = (options: Partial<Parameters<typeof chooseModel>[0]> = {}) =>
  chooseModel({ models, needed: needing(40), call, ...options })?.chain.map(({ id }) => id) ?? null;

describe('the choice of a model', () => {
  it.each([
    ['the cheapest that is good enough', { needed: needing(40) }, ['small', 'middle', 'large']],
    ['none that is too weak, but as a last resort', { needed: needing(60) }, ['middle', 'large', 'small']],
    ['the best there is where none is good enough', { needed: needing(95) }, ['large', 'middle', 'small']],
    [
      'none that does not see images that are there',
      { models: [{ ...small, seesImages: false }, middle], call: { ...call, hasImages: true } },
      ['middle'],
    ],
    ['none whose window is too small', { models: [{ ...small, contextTokens: 2100 }, middle] }, ['middle']],
    ['none that costs more than there is', { needed: needing(80), budgetMicros: 5000 }, ['middle', 'small']],
    [
      'none without a known price where somebody pays',
      { models: [{ ...small, price: null }, large], budgetMicros: 1e9 },
      ['large'],
    ],
    [
      'one without a known price last where nobody pays',
      { models: [{ ...small, price: null }, large] },
      ['large', 'small'],
    ],
    [
      'the better of two that cost the same',
      { models: [small, { ...small, id: 'twin', quality: 60 }] },
      ['twin', 'small'],
    ],
    ['nobody where there is nobody', { models: [] }, null],
    ['the cheapest alone where nothing is left, for the wallet to say so', { budgetMicros: 0 }, ['small']],
    [
      'none to stand in that would have to be brief',
      { models: [small, { ...small, id: 'twin' }, middle], budgetMicros: 5000 },
      ['small', 'twin'],
    ],
    [
      'nobody where somebody pays and no price is known',
      { models: [{ ...small, price: null }], budgetMicros: 1 },
      null,
    ],
  ])('is %s', (_what, options, ids) => {
    expect(idsOf(options)).toEqual(ids);
  });

  it('asks at most two others, one of them elsewhere', () => {
    const here = [1, 2, 3, 4].map((n) => createCatalogueModel({ id: `here-${n}`, dollars: n }));
    const elsewhere = createCatalogueModel({ id: 'elsewhere', dollars: 9, server: 'GROQ_BASE_URL' });

    expect(idsOf({ models: here })).toEqual(['here-1', 'here-2', 'here-3']);
    expect(idsOf({ models: [...here, elsewhere] })).toEqual(['here-1', 'here-2', 'elsewhere']);
  });

  it('says why in words', () => {
    const reason = (options: Partial<Parameters<typeof chooseModel>[0]>) =>
      chooseModel({ models, needed: needing(40), call, ...options })?.reason;

    expect(reason({ needed: { need: 62, kind: 'code', because: ['code', 'several steps'] } })).toBe(
      'This question needs a quality of about 62 of 100, for code and several steps. middle has 70 and costs least of the 2 models that are good enough.',
    );
    expect(reason({ needed: needing(85) })).toContain('large has 90; no other model is good enough.');
    expect(reason({ needed: needing(95) })).toContain('large has 90, the most of those there are.');
    expect(reason({ needed: needing(95), budgetMicros: 5000 })).toContain(
      'middle has 70, the most of those that what is left pays for.',
    );
  });

  it('never takes a dearer one than need be, and never a weaker one than it has to', () => {
    const anyModel = fc.record({ quality: fc.nat({ max: 100 }), cents: fc.integer({ min: 1, max: 1000 }) });
    fc.assert(
      fc.property(fc.array(anyModel, { minLength: 1, maxLength: 8 }), fc.nat({ max: 100 }), (all, need) => {
        const offered = all.map(({ quality, cents }, n) =>
          createCatalogueModel({ id: `m${n}`, quality, dollars: cents / 100 }),
        );

        const first = chooseModel({ models: offered, needed: needing(need), call })?.chain[0];

        const good = offered.filter(({ quality }) => quality >= need);
        const cost = (model: (typeof offered)[number]) => model.price?.inputMicrosPerMillion ?? 0;
        if (good.length > 0) expect(cost(first!)).toBe(Math.min(...good.map(cost)));
        else expect(first?.quality).toBe(Math.max(...offered.map(({ quality }) => quality)));
      }),
    );
  });
});
