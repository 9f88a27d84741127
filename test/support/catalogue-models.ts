import type { CatalogueModel } from '../../core/ports/catalogue-model.ts';

/** A model of the catalogue; price in dollars per million tokens of input, output costs five times that. */
export function createCatalogueModel(more: Partial<CatalogueModel> & { id: string; dollars?: number }): CatalogueModel {
  const { dollars = 1, ...given } = more;
  const input = Math.round(dollars * 1_000_000);
  return {
    upstreamName: given.id,
    server: 'OPENAI_BASE_URL',
    apiKeySetting: 'OPENAI_API_KEY',
    price: {
      inputMicrosPerMillion: input,
      cachedInputMicrosPerMillion: Math.round(input / 10),
      cacheWriteMicrosPerMillion: input,
      outputMicrosPerMillion: input * 5,
    },
    contextTokens: 128_000,
    maxOutputTokens: 4096,
    seesImages: true,
    quality: 50,
    retiresOn: null,
    source: 'https://example.com/prices',
    pricedOn: '2026-11-01',
    ...given,
  };
}
