/**
 * Lets those who wait for the same thing try one after the other, so that a crowd costs one query at a time and whoever
 * came first is served first.
 */
export function createWaitingLine() {
  const ends = new Map<string, Promise<void>>();

  return async function inLine<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const before = ends.get(name) ?? Promise.resolve();
    const { promise: mine, resolve: leave } = Promise.withResolvers<void>();
    const end = before.then(() => mine);
    ends.set(name, end);
    await before;
    try {
      return await work();
    } finally {
      leave();
      if (ends.get(name) === end) ends.delete(name);
    }
  };
}
