import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import type { CatalogueModel } from '../ports/catalogue-model.ts';

export function createCatalogueVersionsRepository(db: Knex) {
  return {
    /** @returns the version's name: the same for the same models, whoever reads them and from whatever file */
    async keep(models: CatalogueModel[], seenAt: Date): Promise<string> {
      const content = JSON.stringify(models);
      const version = createHash('sha256').update(content).digest('hex').slice(0, 16);
      await db('model_catalogue_versions')
        .insert({ version, models: content, first_seen_at: seenAt, seen_at: seenAt })
        .onConflict('version')
        .merge(['seen_at']);
      return version;
    },

    async find(version: string): Promise<CatalogueModel[] | null> {
      const row = await db('model_catalogue_versions').where({ version }).first('models');
      return row?.models ?? null;
    },
  };
}
