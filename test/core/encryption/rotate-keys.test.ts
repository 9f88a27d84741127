import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { expect, it } from 'vitest';
import type { EncryptedColumn } from '../../../core/encryption/encrypted-column.ts';
import { createEncryption } from '../../../core/encryption/encryption.ts';
import { rotateKeys } from '../../../core/encryption/rotate-keys.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { never } from '../../support/test-turns.ts';

const [oldKey, newKey, lostKey] = [randomBytes(32), randomBytes(32), randomBytes(32)];
const before = createEncryption({ keys: [oldKey] });
const encryption = createEncryption({ keys: [newKey, oldKey] });
const after = createEncryption({ keys: [newKey] });

/** Any column would do. */
const column: EncryptedColumn = {
  table: 'slack_installations',
  idColumn: 'id',
  column: 'installation',
  belongsTo: (row) => `of ${row.id}`,
};

function insert(db: Knex, id: string, { encrypt }: { encrypt: typeof before.encrypt } = before): Promise<unknown> {
  return db('slack_installations').insert({ id, installation: encrypt(`secret ${id}`, `of ${id}`) });
}

async function readAll(db: Knex): Promise<string[]> {
  const rows = await db('slack_installations').orderBy('id');
  return rows.map((row) => after.decrypt(row.installation, `of ${row.id}`));
}

const rotate = (db: Knex, signal = never) => rotateKeys({ db, encryption, columns: [column], signal });

it('leaves nothing that needs an older key, however many rows there are', async () => {
  await using t = await createTestDatabase();
  const ids = Array.from({ length: 450 }, (_, n) => `T${String(n).padStart(3, '0')}`);
  for (const id of ids) await insert(t.db, id, id.endsWith('7') ? after : before);

  const [rotation] = await rotate(t.db);

  expect(rotation).toEqual({
    table: 'slack_installations',
    column: 'installation',
    rotated: 405,
    current: 45,
    unreadable: [],
  });
  expect(await readAll(t.db)).toEqual(ids.map((id) => `secret ${id}`));
});

it('names what cannot be read, leaves it as it is, and goes on', async () => {
  await using t = await createTestDatabase();
  await insert(t.db, 'T1');
  await insert(t.db, 'T2', createEncryption({ keys: [lostKey] }));
  await t.db('slack_installations').insert({ id: 'T3', installation: before.encrypt('of another row', 'of T9') });
  await insert(t.db, 'T4');
  const kept = () => t.db('slack_installations').whereIn('id', ['T2', 'T3']).orderBy('id').pluck('installation');
  const unreadable = await kept();

  const [rotation] = await rotate(t.db);

  expect(rotation).toMatchObject({ rotated: 2, unreadable: ['T2', 'T3'] });
  expect(await kept()).toEqual(unreadable);
});

it('does not overwrite what somebody else stores meanwhile', async () => {
  await using t = await createTestDatabase();
  await insert(t.db, 'T1');
  const trx = await t.db.transaction();
  await trx('slack_installations')
    .where({ id: 'T1' })
    .update({ installation: before.encrypt('newer', 'of T1') });

  const rotating = rotate(t.db);
  await expect
    .poll(async () => Number((await t.db('pg_stat_activity').where({ wait_event_type: 'Lock' }).count())[0]?.count))
    .toBeGreaterThan(0);
  await trx.commit();

  expect(await rotating).toMatchObject([{ rotated: 1, unreadable: [] }]);
  expect(await readAll(t.db)).toEqual(['newer']);
});

it('is done with what somebody else removes meanwhile', async () => {
  await using t = await createTestDatabase();
  await insert(t.db, 'T1');
  const trx = await t.db.transaction();
  await trx('slack_installations').delete();

  const rotating = rotate(t.db);
  await expect
    .poll(async () => Number((await t.db('pg_stat_activity').where({ wait_event_type: 'Lock' }).count())[0]?.count))
    .toBeGreaterThan(0);
  await trx.commit();

  expect(await rotating).toMatchObject([{ rotated: 0, current: 0, unreadable: [] }]);
});

it('goes on where it was stopped', async () => {
  await using t = await createTestDatabase();
  for (const id of ['T1', 'T2', 'T3']) await insert(t.db, id);
  const stop = new AbortController();
  const stopping: EncryptedColumn = {
    ...column,
    belongsTo(row) {
      if (row.id === 'T2') stop.abort();
      return `of ${row.id}`;
    },
  };

  await expect(rotateKeys({ db: t.db, encryption, columns: [stopping], signal: stop.signal })).rejects.toThrow();
  const [rotation] = await rotate(t.db);

  expect(rotation).toMatchObject({ rotated: 1, current: 2 });
});
