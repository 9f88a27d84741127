/**
 * When a number of minutes has passed, as a cron expression. Those begin anew with every hour and every day: what does
 * not fit in evenly comes a little more often, never later.
 */
export function everyMinutes(minutes: number): string {
  if (minutes < 60) return `*/${minutes} * * * *`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `0 */${hours} * * *` : `0 0 */${Math.floor(hours / 24)} * *`;
}
