import { expect, it } from 'vitest';
import { createTestDatabase } from '../../support/test-database.ts';

/** Foreign keys whose columns no index begins with that has all rows, or all that refer to something. */
const WITHOUT_INDEX = `
select conrelid::regclass || '.' || attname as "column"
from pg_constraint join pg_attribute on attrelid = conrelid and attnum = conkey[1]
where contype = 'f' and not exists (
  select from pg_index where indrelid = conrelid and indkey[0] = conkey[1]
    and (indpred is null or pg_get_expr(indpred, indrelid) = '(' || attname || ' IS NOT NULL)')
)`;

it('every foreign key has an index, so that nobody’s deletion reads whole tables', async () => {
  await using t = await createTestDatabase();

  const { rows } = await t.db.raw(WITHOUT_INDEX);

  expect(rows).toEqual([]);
});
