import type { Knex } from 'knex';
import { expect, it } from 'vitest';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestApp } from '../../support/test-app.ts';
import { never, readAnswer } from '../../support/test-turns.ts';

/** Tables with something of a person in them that an export does not tell, and why. */
const NOT_TOLD: Record<string, string> = {
  refresh_tokens: 'secrets of the logins, which are told',
  link_codes: 'secrets that are good for ten minutes',
  inbox_events: 'ids of events, for a week, that say nothing but that their turn, which is told, was begun',
  merged_users: 'ids that meant the same person before',
  holds: 'what an answer that is being written may cost; what it cost is in the ledger',
};

/** Columns of told tables that an export does not tell, and why. */
const HIDDEN: Record<string, string> = {
  'accounts.username_key': 'the username, which is told, in another spelling',
  'accounts.password_hash': 'secret',
  'api_keys.hash': 'secret',
  'identities.tokens': 'secret',
  'logins.cookie_hash': 'secret',
  'provider_keys.api_key': 'secret',
  'provider_keys.key_id': 'of the operator',
  'provider_keys.is_operators_server': 'of the operator',
  'recharges.checkout_id': 'an address where a payment could be made',
  'turns.delivery': 'has secrets by which an answer is shown',
  'turns.lease_owner': 'of our processes',
  'turns.lease_until': 'of our processes',
  'turns.attempts': 'of our processes',
  'turns.position': 'the order, which the times tell',
  'messages.position': 'the order, which the times tell',
  'ledger_entries.position': 'the order, which the times tell',
  'recharges.postings': 'how often the ledger, which is told, has it',
  'wallets.free_held_micros': 'part of what is told',
  'wallets.free_day': 'the day of the allowance, which the ledger tells',
  'wallets.full_micros': 'what warnings are shares of',
  'wallets.warned_percent': 'the last warning, which the turns tell',
};

/** Tables that belong to a person: those that refer to `users`, those that refer to these, and so on. */
async function findTablesOfPeople(db: Knex): Promise<string[]> {
  const { rows } = await db.raw(`
    with recursive owned as (
      select 'users'::regclass::oid as id
      union
      select conrelid from pg_constraint join owned on confrelid = owned.id where contype = 'f'
    )
    select id::regclass::text as name from owned order by 1`);
  return rows.map(({ name }: { name: string }) => name);
}

async function columnsOf(db: Knex, table: string): Promise<string[]> {
  return Object.keys(await db(table).columnInfo());
}

/** The statements by which an export is read. */
async function readStatements(t: Awaited<ReturnType<typeof createTestApp>>): Promise<string[]> {
  const user = await t.app.users.createVisitor();
  const statements: string[] = [];
  t.db.on('query', ({ sql }: { sql: string }) => statements.push(sql));
  for await (const _rows of t.app.exportUser(user.id));
  return statements;
}

it('an export tells every table with something of a person, or it is said why not', async () => {
  await using t = await createTestApp();
  const statements = (await readStatements(t)).join('\n');

  const forgotten = (await findTablesOfPeople(t.db)).filter(
    (table) => !statements.includes(`"${table}"`) && !NOT_TOLD[table],
  );

  expect(forgotten).toEqual([]);
});

it('an export tells every column of the tables it tells, or it is said why not', async () => {
  await using t = await createTestApp();
  const statements = await readStatements(t);
  const forgotten: string[] = [];

  for (const table of await findTablesOfPeople(t.db)) {
    if (NOT_TOLD[table]) continue;
    const text = statements.filter((statement) => statement.includes(`"${table}"`)).join('\n');
    for (const column of await columnsOf(t.db, table)) {
      if (!text.includes(`"${column}"`) && !HIDDEN[`${table}.${column}`]) forgotten.push(`${table}.${column}`);
    }
  }

  expect(forgotten).toEqual([]);
});

it('an export tells who somebody is elsewhere, without the tokens for it, and what chats that nobody named are called', async () => {
  await using t = await createTestApp({ model: createScriptedModel({ reply: () => 'At nine.' }) });
  const user = await t.app.users.findOrCreate({ platform: 'discord', platformUserId: '1', displayName: 'Ada' });
  await t.db('identities').update({ email: 'ada@x.example', picture_url: 'https://x.example/a.png', tokens: 'sealed' });
  const { id: sessionId } = await t.app.sessions.create({ userId: user.id, platform: 'discord', space: null });
  const place = { space: null, isPrivate: true };
  const asked = { platform: 'discord' as const, eventId: null, userId: user.id, sessionId, text: 'When does it open?' };
  await readAnswer(t.app.turns.run({ ...asked, place }, { signal: never }));

  const told: Record<string, Record<string, unknown>[]> = {};
  for await (const { section, rows } of t.app.exportUser(user.id)) told[section] = rows;

  expect(told.identities?.[0]).toMatchObject({ email: 'ada@x.example', picture_url: 'https://x.example/a.png' });
  expect(told.sessions?.[0]).toMatchObject({ title: 'When does it open?', is_named: false });
  expect(told.sessions?.[0]).not.toHaveProperty('first_questions');
  expect(JSON.stringify(told)).not.toContain('sealed');
});
