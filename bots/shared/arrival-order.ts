/** Does what arrived together one after the other; gives what the work gives. */
export type InOrder = <Result>(place: string, work: () => Promise<Result>) => Promise<Result>;

/**
 * Lets what people write at one place be taken on in the order in which they wrote it: of two messages in a row, the
 * second would often be done first with all that is looked up before a turn begins. Call it as soon as a message
 * arrives, before anything is awaited; what takes long, such as showing an answer, does not belong into the work.
 */
export function createArrivalOrder(): InOrder {
  const last = new Map<string, Promise<unknown>>();

  return async (place, work) => {
    const done = (last.get(place) ?? Promise.resolve()).then(work);
    const settled = done.catch(() => {});
    last.set(place, settled);
    try {
      return await done;
    } finally {
      if (last.get(place) === settled) last.delete(place);
    }
  };
}
