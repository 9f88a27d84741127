import type { Knex } from 'knex';

/** Counts one use within a window that begins with the first. Returns how many there were, this one included. */
const COUNT = `
insert into question_counts (key, used, ends_at) values (:key, 1, :endsAt)
on conflict (key) do update set
  used = case when question_counts.ends_at <= :now then 1 else question_counts.used + 1 end,
  ends_at = case when question_counts.ends_at <= :now then excluded.ends_at else question_counts.ends_at end
returning used`;

/** Each new window clears away two old ones, which keeps the table small without a job. */
const CLEAR = `
delete from question_counts where key in (
  select key from question_counts where ends_at < :before order by ends_at limit 2 for update skip locked
)`;

export function createLimitsRepository(db: Knex) {
  return {
    async count(key: string, { now, windowMs }: { now: Date; windowMs: number }): Promise<number> {
      const { rows } = await db.raw(COUNT, { key, now, endsAt: new Date(now.getTime() + windowMs) });
      return rows[0].used;
    },

    async clearEndedBefore(before: Date): Promise<void> {
      await db.raw(CLEAR, { before });
    },
  };
}
