import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { OfferedModels } from '../models/offered-models.ts';
import { AUTO } from '../routing/fixed-model.ts';

export type UserModel = ReturnType<typeof createUserModel>;

/** The model that a person has chosen for themselves. */
export function createUserModel({ db, offered }: { db: Knex; offered: Pick<OfferedModels, 'list'> }) {
  return {
    /** `auto`, an id of the catalogue, or null for whatever the operator has chosen. */
    async find(userId: string): Promise<string | null> {
      const row = await db('users').where({ id: userId }).first('model');
      return row?.model ?? null;
    },

    /** @throws AppError `model_unknown`, naming those there are */
    async set(userId: string, model: string | null): Promise<void> {
      if (model !== null && model !== AUTO) {
        const models = await offered.list();
        if (!models.some(({ id }) => id === model)) {
          const known = [AUTO, ...models.map(({ id }) => id)].join(', ');
          throw new AppError('model_unknown', `There is no model of that name. Choose one of these: ${known}.`, {
            field: 'model',
          });
        }
      }
      await db('users').where({ id: userId }).update({ model });
    },
  };
}
