import type { Knex } from 'knex';
import { titleOf } from '../sessions/session-title.ts';
import { FIRST_QUESTIONS } from '../sessions/sessions-repository.ts';

/** Some rows of one kind, named as in the database; all rows of a kind come before the next kind. */
export interface ExportedRows {
  section: string;
  rows: Record<string, unknown>[];
}

const BATCH = 500;

/** What an export tells of a person. Secrets are left out: hashes and encrypted tokens are of no use to anybody. */
const SECTIONS: Record<string, (db: Knex, userId: string) => Knex.QueryBuilder> = {
  user: (db, userId) =>
    db('users')
      .where({ id: userId })
      .select('id', 'display_name', 'email', 'picture_url', 'model', 'created_at', 'updated_at'),
  account: (db, userId) =>
    db('accounts')
      .where({ user_id: userId })
      .select({ id: 'user_id', username: 'username', email: 'email_key', created_at: 'created_at' }),
  identities: (db, userId) =>
    db('identities')
      .where({ user_id: userId })
      .select('id', 'platform', 'platform_user_id', 'display_name', 'email', 'picture_url', 'profile_url')
      .select('needs_sign_in', 'signed_in_at', 'created_at'),
  logins: (db, userId) =>
    db('logins')
      .where({ user_id: userId })
      .select('id', 'user_agent', 'network', 'provider', 'created_at', 'last_used_at', 'expires_at', 'ended_at'),
  api_keys: (db, userId) =>
    db('api_keys')
      .where({ user_id: userId })
      .select('id', 'name', 'prefix', 'is_active', 'monthly_cap_micros', 'models', 'created_at', 'expires_at')
      .select('last_used_at'),
  provider_key: (db, userId) =>
    db('provider_keys')
      .where({ user_id: userId })
      .select('id', 'provider', 'model', 'last4', 'updated_at')
      // Where the operator's server is, is the operator's own business.
      .select({ base_url: db.raw('case when not is_operators_server then base_url end') }),
  sessions: (db, userId) =>
    db('sessions')
      .where({ user_id: userId })
      .select('id', 'platform', 'space', 'title', 'is_named', 'created_at', 'updated_at', db.raw(FIRST_QUESTIONS)),
  conversations: (db, userId) =>
    db('conversations')
      .where({ user_id: userId })
      .select('id', 'platform', 'space', 'kind', 'place_id', 'session_id', 'carries_up_to', 'last_used_at'),
  turns: (db, userId) =>
    db('turns')
      .where({ user_id: userId })
      .select('id', 'session_id', 'platform', 'place', 'given_history', 'state', 'error_code', 'notices')
      .select('superseded_by', 'continues_message_id')
      .select('created_at', 'started_at', 'finished_at'),
  asked_messages: (db, userId) =>
    db('asked_messages')
      .whereIn('turn_id', db('turns').where({ user_id: userId }).select('id'))
      .select({ id: db.raw("platform || ' ' || message_id") }, 'platform', 'message_id', 'turn_id', 'edited_at'),
  messages: (db, userId) =>
    ofTurns(db, userId)
      .select('id', 'session_id', 'turn_id', 'role', 'author_name', 'content', 'image_url', 'image_urls', 'status')
      .select(
        'sources',
        'found_sources',
        'model',
        'model_reason',
        'question_kind',
        'question_need',
        'input_tokens',
        'output_tokens',
      )
      .select('finish_reason', 'created_at'),
  feedback: (db, userId) =>
    db('feedback')
      .where({ user_id: userId })
      .select({ id: 'message_id', rating: 'rating', reason: 'reason', created_at: 'created_at' }),
  shared_answers: (db, userId) =>
    db('shared_answers')
      .whereIn('message_id', ofTurns(db, userId).select('id'))
      .select('id', 'message_id', 'created_at'),
  usage: (db, userId) =>
    db('usage_records')
      .where({ user_id: userId })
      .select(
        'id',
        'turn_id',
        'platform',
        'space',
        'model',
        'payer',
        'input_tokens',
        'output_tokens',
        'cost_micros',
        'price_version',
        'api_key_id',
        'created_at',
      ),
  wallet: (db, userId) =>
    db('wallets')
      .where({ user_id: userId })
      .select('id', 'balance_micros', 'held_micros', 'free_micros', 'owed_micros', 'is_disputed', 'is_frozen')
      .select('created_at'),
  ledger: (db, userId) =>
    db('ledger_entries as entry')
      .join('ledger_transactions as transaction', 'transaction.id', 'entry.transaction_id')
      .whereIn('wallet_id', walletsOf(db, userId))
      .select('entry.id', 'account', 'kind', 'amount_micros', 'price_version', 'turn_id', 'note', 'created_at'),
  recharges: (db, userId) =>
    db('recharges')
      .whereIn('wallet_id', walletsOf(db, userId))
      .select('id', 'amount_micros', 'posted_micros', 'state', 'payment_id', 'created_at', 'paid_at'),
  profile_sources: (db, userId) =>
    db('profile_sources')
      .whereIn('identity_id', db('identities').where({ user_id: userId }).select('id'))
      .select({ id: 'source_id' }, 'identity_id', 'consented_at', 'next_read_at'),
  sources: (db, userId) =>
    db('sources')
      .whereRaw('audience @> ?', [[`user:${userId}`]])
      .select('id', 'kind', 'location', 'title', 'body', 'created_at'),
  /** What their own sources say, such as a profile elsewhere that they let be read. */
  passages: (db, userId) =>
    db('chunks')
      .join('documents', 'documents.id', 'chunks.document_id')
      .whereIn(
        'chunks.source_id',
        db('sources')
          .whereRaw('audience = ?', [[`user:${userId}`]])
          .select('id'),
      )
      .select('chunks.id', 'chunks.source_id', 'documents.title', 'chunks.text'),
  twitch_replies: (db, userId) =>
    db('twitch_replies')
      .whereIn('asker_id', db('identities').where({ user_id: userId, platform: 'twitch' }).select('platform_user_id'))
      .select({ id: 'event_id' }, 'channel', 'asker_id', 'asker_login', 'text', 'created_at'),
};

/** Everything kept of a person, a batch at a time, so that a long history needs no memory of its length. */
export function createExportUser({ db }: { db: Knex }) {
  return async function* exportUser(userId: string): AsyncGenerator<ExportedRows> {
    for (const [section, select] of Object.entries(SECTIONS)) {
      let after: string | null = null;
      do {
        const page = db.from(select(db, userId).as('rows')).orderBy('id').limit(BATCH);
        if (after !== null) page.where('id', '>', after);
        const rows: Record<string, unknown>[] = await page;
        if (rows.length > 0) yield { section, rows: section === 'sessions' ? rows.map(withTitle) : rows };
        after = rows.length === BATCH ? String(rows.at(-1)?.id) : null;
      } while (after !== null);
    }
  };
}

/** A title that nobody gave is kept nowhere; see session-title.ts. */
function withTitle({ first_questions, title, ...row }: Record<string, unknown>): Record<string, unknown> {
  return { ...row, title: titleOf((first_questions as string[] | null) ?? []) ?? title };
}

/** Their own, and those that were merged into it. */
function walletsOf(db: Knex, userId: string): Knex.QueryBuilder {
  const own = () => db('wallets').where({ user_id: userId }).select('id');
  return db('wallets').whereIn('id', own()).orWhereIn('merged_into', own()).select('id');
}

/** Questions of this person, wherever they were asked, with their answers. */
function ofTurns(db: Knex, userId: string): Knex.QueryBuilder {
  return db('messages').whereIn('turn_id', db('turns').where({ user_id: userId }).select('id'));
}
