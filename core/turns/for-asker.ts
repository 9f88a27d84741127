import type { Knex } from 'knex';
import { AppError } from '../errors.ts';

interface Asked {
  userId: string;
  turnId: string | null;
}

/**
 * Does something for whoever asked. When they are gone because they were merged into somebody while this process had
 * their turn in memory, it is done for whom the turn belongs to by now.
 */
export function createForAsker({ db }: { db: Knex }) {
  return async function forAsker<A extends Asked, Result>(
    asked: A,
    work: (asked: A) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await work(asked);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'not_found' || asked.turnId === null) throw error;
      const turn = await db('turns').where({ id: asked.turnId }).first('user_id');
      if (!turn || turn.user_id === asked.userId) throw error;
      return work({ ...asked, userId: turn.user_id });
    }
  };
}
