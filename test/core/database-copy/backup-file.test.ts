import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBackup, writeBackup } from '../../../core/database-copy/backup-file.ts';
import { loadSnapshot } from '../../../core/database-copy/load-snapshot.ts';
import { withSnapshot } from '../../../core/database-copy/snapshot.ts';
import { readDatabaseAddress } from '../../../core/db/database-address.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';

const HEADER = { parley_version: '0.1.0', created_at: '2026-12-01T05:00:00.000Z', secrets: null };

/** A person with money whose turns and messages refer to one another, and text that no format may trip over. */
async function fill({ db }: TestDatabase) {
  const [user, session, turn, message, wallet, older] = Array.from({ length: 6 }, () => randomUUID());
  await db('users').insert({ id: user, display_name: 'Ada\t\\N \n{"end":true}\n\\.' });
  await db('sessions').insert({ id: session, user_id: user, platform: 'web', title: 'Grampus' });
  await db('turns').insert({
    id: turn,
    session_id: session,
    user_id: user,
    state: 'complete',
    platform: 'web',
    place: '{}',
  });
  await db('messages').insert({
    id: message,
    session_id: session,
    turn_id: turn,
    role: 'user',
    content: 'How deep?',
    position: 1,
    status: 'complete',
  });
  await db('turns').where({ id: turn }).update({ continues_message_id: message });
  await db('wallets').insert([
    { id: wallet, user_id: user },
    { id: older, merged_into: wallet },
  ]);
  const transaction = randomUUID();
  await db('ledger_transactions').insert({ id: transaction, kind: 'credit', idempotency_key: 'one' });
  await db('ledger_entries').insert([
    { transaction_id: transaction, account: 'wallet', wallet_id: wallet, amount_micros: 5_120_000 },
    { transaction_id: transaction, account: 'operator', amount_micros: -5_120_000 },
  ]);
  return { user, wallet, turn };
}

describe('a backup', () => {
  let source: TestDatabase;
  let ids: Awaited<ReturnType<typeof fill>>;
  let file: string;

  beforeAll(async () => {
    source = await createTestDatabase();
    ids = await fill(source);
    file = path.join(await mkdtemp(path.join(tmpdir(), 'parley-backup-')), 'parley.backup');
    await withSnapshot(readDatabaseAddress(source.url), (snapshot) => writeBackup(file, snapshot, HEADER));
  });
  afterAll(() => source[Symbol.asyncDispose]());

  it('can be read by its owner only, and gives back every row, the books included', async () => {
    await using target = await createTestDatabase();
    const { header, snapshot } = await openBackup(file);

    const report = await loadSnapshot(target.db, snapshot, { force: false, place: 'the other one' });

    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(header).toMatchObject(HEADER);
    expect(report.ledgerProblems).toEqual([]);
    for (const table of ['users', 'turns', 'messages', 'wallets', 'ledger_entries']) {
      expect(await target.db(table).orderBy('id')).toEqual(await source.db(table).orderBy('id'));
    }
    expect(await target.db('wallets').where({ id: ids.wallet }).first()).toMatchObject({ balance_micros: 5_120_000 });
  });

  it('leaves triggers, references and numbers at work', async () => {
    await using target = await createTestDatabase();
    await loadSnapshot(target.db, (await openBackup(file)).snapshot, { force: false, place: 'the other one' });
    const transaction = randomUUID();

    await target.db('ledger_transactions').insert({ id: transaction, kind: 'credit', idempotency_key: 'two' });
    await target.db('ledger_entries').insert([
      { transaction_id: transaction, account: 'wallet', wallet_id: ids.wallet, amount_micros: 1 },
      { transaction_id: transaction, account: 'operator', amount_micros: -1 },
    ]);

    const { rows } = await target.db.raw('select max(position) - min(position) as span from ledger_entries');
    expect(rows[0].span).toBe(3);
    expect(await target.db('wallets').where({ id: ids.wallet }).first()).toMatchObject({ balance_micros: 5_120_001 });
    await expect(target.db('ledger_entries').delete()).rejects.toThrow('append-only');
    await expect(
      target.db('sessions').insert({ id: randomUUID(), user_id: randomUUID(), platform: 'web', title: '' }),
    ).rejects.toThrow('foreign key');
  });

  it('goes into a used database only by force, and then replaces what is there', async () => {
    await using target = await createTestDatabase();
    await target.db('users').insert({ id: randomUUID(), display_name: 'Grace' });
    const load = async (force: boolean) =>
      loadSnapshot(target.db, (await openBackup(file)).snapshot, { force, place: 'the other one' });

    await expect(load(false)).rejects.toThrow(
      'Somebody has used the other one already: there are rows in users (1). Nothing was changed.',
    );
    await load(true);

    expect(await target.db('users').pluck('id')).toEqual([ids.user]);
  });

  it('of an older version is brought up to date, also where the tables are newer already', async () => {
    await using target = await createTestDatabase();
    await source.db.migrate.down();
    const older = `${file}.older`;
    await withSnapshot(readDatabaseAddress(source.url), (snapshot) => writeBackup(older, snapshot, HEADER));
    await source.db.migrate.latest();

    const { snapshot } = await openBackup(older);
    await loadSnapshot(target.db, snapshot, { force: false, place: 'the other one' });

    const names = async (db: TestDatabase['db']) => db('knex_migrations').pluck('name');
    expect(await names(target.db)).toHaveLength(snapshot.migrations.length + 1);
    expect(await target.db('users').pluck('id')).toEqual([ids.user]);
  });

  it.each<[string, (bytes: Buffer, text: string) => Buffer | string, RegExp]>([
    ['cut off', (bytes) => bytes.subarray(0, bytes.length - 100), /not to its end/],
    ['changed in a row', (_, text) => text.replace('Grampus', 'Garmpus'), /the table sessions differs/],
    ['changed in its header', (_, text) => text.replace('05:00:00', '06:00:00'), /checksum differs/],
    ['followed by something', (_, text) => `${text}more`, /checksum differs/],
    ['no backup at all', () => Buffer.from('a photograph'), /not written by parley backup/],
    [
      'of a newer format',
      (_, text) => text.replace('"format_version":1', '"format_version":2'),
      /newer version of Parley/,
    ],
  ])('is refused when it is %s', async (_kind, damage, why) => {
    const bytes = await readFile(file);
    const damaged = damage(bytes, gunzipSync(bytes).toString('latin1'));
    await writeFile(`${file}.bad`, typeof damaged === 'string' ? gzipSync(Buffer.from(damaged, 'latin1')) : damaged);

    await expect(openBackup(`${file}.bad`)).rejects.toThrow(why);
  });

  it('of a newer version, and one that fails on its way, change nothing', async () => {
    await using target = await createTestDatabase();
    const { snapshot } = await openBackup(file);
    const failing = {
      ...snapshot,
      async *tables() {
        yield* snapshot.tables();
        throw new Error('the disk is gone');
      },
    };
    const newer = { ...snapshot, migrations: [...snapshot.migrations, '29990101000000_more.ts'] };
    const options = { force: false, place: 'the other one' };

    await expect(loadSnapshot(target.db, newer, options)).rejects.toThrow('A newer version of Parley wrote');
    await expect(loadSnapshot(target.db, failing, options)).rejects.toThrow('the disk is gone');

    expect(await target.db('users')).toEqual([]);
  });
});
