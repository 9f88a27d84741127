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

/** Those of the catalogue that can be used here: their server is set up, and its provider has not ended them. */
export function createOfferedModels({ catalogue, servers, clock }: OfferedModelsOptions) {
  function among({ models }: CatalogueVersion): CatalogueModel[] {
    const today = clock.now().toISOString().slice(0, 10);
    return models.filter((model) => servers.find(model) !== null && (model.retiresOn ?? '9999') > today);
  }

  return {
    among,

    /** In the order of the table. */
    async list(): Promise<CatalogueModel[]> {
      return among(await catalogue.read());
    },
  };
}
