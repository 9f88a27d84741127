/** How long something stays held without a sign of life from the process that holds it. */
export const HELD_MS = 2 * 60_000;
const RENEW_MS = 30_000;

/**
 * Keeps what this process holds from running out while its calls last, however long that is. When the process dies, it
 * runs out soon after.
 * @param renew puts off the end of these holds by `HELD_MS` from now
 */
export function createOpenHolds(renew: (holdIds: string[]) => Promise<void>, everyMs = RENEW_MS) {
  const open = new Set<string>();
  let timer: NodeJS.Timeout | null = null;

  function renewAll(): void {
    // While the database is away nobody ends holds either, and the next time is soon enough.
    renew([...open]).catch(() => undefined);
  }

  return {
    add(holdId: string): void {
      open.add(holdId);
      timer ??= setInterval(renewAll, everyMs).unref();
    },
    remove(holdId: string): void {
      open.delete(holdId);
      if (open.size > 0 || !timer) return;
      clearInterval(timer);
      timer = null;
    },
  };
}
