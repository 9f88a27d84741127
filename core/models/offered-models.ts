import type { CatalogueModel } from '../ports/catalogue-model.ts';
import type { Clock } from '../ports/clock.ts';
import type { ModelServers } from '../ports/model-servers.ts';
import type { Catalogue, CatalogueVersion } from './catalogue.ts';

interface OfferedModelsOptions {
  catalogue: Pick<Catalogue, 'read'>;
  servers: Pick<ModelServers, 'find'>;
  clock: Clock;
}

export type OfferedModels = ReturnType<typeof createOfferedModels>;

/** Those of the catalogue that can answer here: they write, their server is set up, its provider has not ended them. */
export function createOfferedModels({ catalogue, servers, clock }: OfferedModelsOptions) {
  function among({ models }: CatalogueVersion): CatalogueModel[] {
    const today = clock.now().toISOString().slice(0, 10);
    const isUsable = (model: CatalogueModel) => model.maxOutputTokens > 0 && (model.retiresOn ?? '9999') > today;
    return models.filter((model) => isUsable(model) && servers.find(model) !== null);
  }

  return {
    among,

    /** In the order of the table. */
    async list(): Promise<CatalogueModel[]> {
      return among(await catalogue.read());
    },
  };
}
