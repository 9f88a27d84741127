import type { Knex } from 'knex';

/**
 * Money, in millionths of a US dollar. The ledger is append-only, and the balances on a wallet are moved by the ledger
 * alone: a trigger adds each entry to the balance it belongs to, so that the two cannot differ, and the checks on the
 * wallet refuse whatever would bring one below zero or under what is held.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('wallets', (table) => {
    table.uuid('id').primary();
    /** Null once the person was erased, or became one with somebody else. */
    table.uuid('user_id').nullable().unique().references('users.id').onDelete('SET NULL');
    table.uuid('merged_into').nullable().references('wallets.id').index();
    table.bigInteger('balance_micros').notNullable().defaultTo(0);
    table.bigInteger('held_micros').notNullable().defaultTo(0);
    /** What is left of the free allowance of `free_day`. */
    table.bigInteger('free_micros').notNullable().defaultTo(0);
    table.bigInteger('free_held_micros').notNullable().defaultTo(0);
    table.date('free_day').nullable();
    /** What a refund or dispute took back and the balance could not give. */
    table.bigInteger('owed_micros').notNullable().defaultTo(0);
    table.boolean('is_disputed').notNullable().defaultTo(false);
    table.specificType('is_frozen', 'boolean generated always as (is_disputed or owed_micros > 0) stored');
    /** The balance after the last credit: warnings are shares of it. */
    table.bigInteger('full_micros').notNullable().defaultTo(0);
    table.specificType('warned_percent', 'smallint').nullable();
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
    table.check('held_micros >= 0 and held_micros <= balance_micros', [], 'wallets_balance_covers_holds');
    table.check('free_held_micros >= 0 and free_held_micros <= free_micros', [], 'wallets_allowance_covers_holds');
    table.check('owed_micros >= 0', [], 'wallets_owed_not_negative');
  });

  await knex.schema.createTable('ledger_transactions', (table) => {
    table.uuid('id').primary();
    table.text('kind').notNullable();
    // Not a reference: what was charged stays on record when the chat is deleted.
    table.uuid('turn_id').nullable().index();
    table.text('idempotency_key').notNullable().unique();
    table.text('note').nullable();
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
  });

  await knex.schema.createTable('ledger_entries', (table) => {
    table.uuid('id').primary().defaultTo(knex.fn.uuid());
    table.specificType('position', 'bigint generated always as identity').unique();
    table.uuid('transaction_id').notNullable().references('ledger_transactions.id').index();
    table.text('account').notNullable();
    /** Whose, for the accounts that belong to somebody. */
    table.uuid('wallet_id').nullable().references('wallets.id');
    table.bigInteger('amount_micros').notNullable();
    /** Of the price list that the amount was computed from, where a price made it. */
    table.text('price_version').nullable();
    table.index(['wallet_id', 'position']);
    table.check('amount_micros <> 0', [], 'ledger_entries_move_something');
    table.check(
      `account in ('wallet', 'free', 'owed', 'revenue', 'stripe', 'operator', 'grants', 'allowance', 'forfeited')`,
      [],
      'ledger_entries_account_known',
    );
    table.check(
      `(account in ('wallet', 'free', 'owed')) = (wallet_id is not null)`,
      [],
      'ledger_entries_account_has_its_owner',
    );
  });

  await knex.raw(`
    create function move_balances() returns trigger language plpgsql as $$
    begin
      if exists (select from posted group by transaction_id having sum(amount_micros) <> 0) then
        raise exception 'the entries of a ledger transaction must add up to zero' using errcode = 'check_violation';
      end if;
      update wallets set
        balance_micros = balance_micros + moved.wallet,
        free_micros = free_micros + moved.free,
        owed_micros = owed_micros - moved.owed
      from (
        select wallet_id,
          coalesce(sum(amount_micros) filter (where account = 'wallet'), 0) as wallet,
          coalesce(sum(amount_micros) filter (where account = 'free'), 0) as free,
          coalesce(sum(amount_micros) filter (where account = 'owed'), 0) as owed
        from posted where wallet_id is not null group by wallet_id
      ) moved where wallets.id = moved.wallet_id;
      return null;
    end $$`);
  await knex.raw(`create trigger ledger_entries_move_balances after insert on ledger_entries
    referencing new table as posted for each statement execute function move_balances()`);
  await knex.raw(`
    create function refuse_change_of_ledger() returns trigger language plpgsql as $$
    begin
      raise exception 'the ledger is append-only' using errcode = 'restrict_violation';
    end $$`);
  // A note may have been about a person, who has a right to be forgotten: it may be removed, and nothing else.
  await knex.raw(`
    create function forget_only_the_note() returns trigger language plpgsql as $$
    begin
      if to_jsonb(new) <> jsonb_set(to_jsonb(old), '{note}', 'null') then
        raise exception 'the ledger is append-only' using errcode = 'restrict_violation';
      end if;
      return new;
    end $$`);
  await knex.raw(`create trigger ledger_entries_append_only before update or delete or truncate on ledger_entries
    for each statement execute function refuse_change_of_ledger()`);
  await knex.raw(`create trigger ledger_transactions_append_only before delete or truncate on ledger_transactions
    for each statement execute function refuse_change_of_ledger()`);
  await knex.raw(`create trigger ledger_transactions_notes_only before update on ledger_transactions
    for each row execute function forget_only_the_note()`);

  await knex.schema.createTable('holds', (table) => {
    table.uuid('id').primary();
    table.uuid('wallet_id').notNullable().references('wallets.id').index();
    table.uuid('turn_id').nullable();
    table.text('payer').notNullable();
    table.bigInteger('amount_micros').notNullable();
    table.date('free_day').nullable();
    /** What had been delivered when last noted; charged when nobody comes to settle. */
    table.bigInteger('delivered_micros').notNullable().defaultTo(0);
    table.text('price_version').nullable();
    table.text('state').notNullable().defaultTo('held');
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
    table.timestamp('expires_at').notNullable();
    table.timestamp('ended_at').nullable();
    table.check(`state in ('held', 'settled', 'released')`, [], 'holds_state_known');
    table.check(`payer in ('wallet', 'free')`, [], 'holds_payer_known');
    table.check('amount_micros >= 0', [], 'holds_amount_not_negative');
  });
  await knex.raw(`create unique index holds_one_per_turn on holds (turn_id) where state = 'held'`);
  await knex.raw(`create unique index holds_settled_once_per_turn on holds (turn_id) where state = 'settled'`);
  await knex.raw(`create index holds_expiring on holds (expires_at) where state = 'held'`);
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['holds', 'ledger_entries', 'ledger_transactions', 'wallets']) {
    await knex.schema.dropTable(table);
  }
  await knex.raw('drop function move_balances()');
  await knex.raw('drop function refuse_change_of_ledger()');
  await knex.raw('drop function forget_only_the_note()');
}
