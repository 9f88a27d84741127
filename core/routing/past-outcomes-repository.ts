import type { Knex } from 'knex';

/** What became of the answers that one model gave to questions of one kind and about one need. */
export interface PastOutcome {
  kind: string;
  need: number;
  model: string;
  liked: number;
  disliked: number;
  /** Cut off by whoever had asked. */
  stopped: number;
}

/** Enough to learn from, and read in a moment however long the history is. */
const ANSWERS_LOOKED_AT = 20_000;

const OUTCOMES = `
select answers.question_kind as kind, answers.question_need as need, answers.model,
  count(*) filter (where feedback.rating = 'up')::int as liked,
  count(*) filter (where feedback.rating = 'down')::int as disliked,
  count(distinct answers.id) filter (where answers.status = 'interrupted' and turns.error_code is null)::int as stopped
from (
  select id, turn_id, status, model, question_kind, question_need from messages
  where question_kind is not null and created_at > now() - interval '30 days'
  order by created_at desc limit ?
) answers
join turns on turns.id = answers.turn_id
left join feedback on feedback.message_id = answers.id
where feedback.rating is not null or answers.status = 'interrupted'
group by answers.question_kind, answers.question_need, answers.model`;

export function createPastOutcomesRepository(db: Knex) {
  return {
    async summarise(): Promise<PastOutcome[]> {
      const { rows } = await db.raw(OUTCOMES, [ANSWERS_LOOKED_AT]);
      return rows;
    },
  };
}
