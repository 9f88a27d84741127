const DEADLOCK = '40P01';
const MOST_TRIES = 5;

/**
 * Runs a transaction or a statement, again from its beginning when PostgreSQL ended it because two waited for one
 * another.
 */
export async function retryDeadlock<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: string }).code !== DEADLOCK || tries === MOST_TRIES) throw error;
    }
  }
}
