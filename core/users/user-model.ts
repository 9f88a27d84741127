import type { Knex } from 'knex';
import type { FindModelName } from '../models/model-names.ts';

export type UserModel = ReturnType<typeof createUserModel>;

/** The model that a person has chosen for themselves. */
export function createUserModel({ db, findModelName }: { db: Knex; findModelName: FindModelName }) {
  return {
    /** `auto`, an id of the catalogue, or null for whatever the operator has chosen. */
    async find(userId: string): Promise<string | null> {
      const row = await db('users').where({ id: userId }).first('model');
      return row?.model ?? null;
    },

    /** @throws AppError `model_unknown`, naming those there are */
    async set(userId: string, model: string | null): Promise<void> {
      const name = model === null ? null : await findModelName(model);
      await db('users').where({ id: userId }).update({ model: name });
    },
  };
}
