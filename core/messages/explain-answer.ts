import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { VersionedPrice } from '../ports/model-price.ts';
import type { Payer } from '../ports/turn-model.ts';
import type { MessageSource } from './message.ts';

export interface ExplainAnswerOptions {
  db: Knex;
  /** The price that a model had in a version of the catalogue. @throws AppError `model_price_unknown` */
  priceAt(of: { id: string; version: string }): Promise<VersionedPrice>;
}

/** How an answer came about. */
export interface AnswerExplanation {
  messageId: string;
  /** All that were found, whether it cites them or not. */
  sources: MessageSource[];
  model: string | null;
  /** Why it was this model, in words for people; null where nothing was chosen. */
  reason: string | null;
  usage: { inputTokens: number; outputTokens: number } | null;
  /** From the arrival of the question to the end of the answer, waiting in line included; null while it is written. */
  ms: number | null;
  /** Told only to whoever asked; null to others, and where nothing was spent. */
  payment: AnswerPayment | null;
}

export interface AnswerPayment {
  payer: Payer;
  /** Null where the price is not known. */
  costMicros: number | null;
  price: VersionedPrice | null;
}

interface ExplanationRow {
  id: string;
  sources: MessageSource[];
  model: string | null;
  model_reason: string | null;
  input_tokens: number | null;
  output_tokens: number | null;
  asker_id: string;
  owner_id: string;
  created_at: Date;
  finished_at: Date | null;
  payer: Payer | null;
  priced_model: string | null;
  cost_micros: number | null;
  price_version: string | null;
}

/** With what it cost to go on with it, where it was cut. */
const COST = `(
  select sum(cost_micros)::bigint from usage_records spent where spent.turn_id = messages.turn_id
  or spent.turn_id in (select id from turns going_on where going_on.continues_message_id = messages.id)
)`;

/** Answers "why?": what an answer rests on, who wrote it, what it took and who paid. */
export function createExplainAnswer({ db, priceAt }: ExplainAnswerOptions) {
  async function findRow(messageId: string): Promise<ExplanationRow | undefined> {
    return db('messages')
      .join('turns', 'turns.id', 'messages.turn_id')
      .join('sessions', 'sessions.id', 'messages.session_id')
      .leftJoin('usage_records', 'usage_records.turn_id', 'messages.turn_id')
      .where({ 'messages.id': messageId, role: 'assistant' })
      .first({
        id: 'messages.id',
        sources: db.raw('coalesce(found_sources, sources)'),
        model: 'messages.model',
        model_reason: 'model_reason',
        input_tokens: 'messages.input_tokens',
        output_tokens: 'messages.output_tokens',
        asker_id: 'turns.user_id',
        owner_id: 'sessions.user_id',
        created_at: 'turns.created_at',
        finished_at: 'turns.finished_at',
        payer: 'payer',
        priced_model: 'usage_records.model',
        cost_micros: db.raw(COST),
        price_version: 'price_version',
      });
  }

  async function toPayment(row: ExplanationRow): Promise<AnswerPayment | null> {
    const { payer, cost_micros: costMicros, priced_model: id, price_version: version } = row;
    if (payer === null) return null;
    const price = id && version ? await priceAt({ id, version }).catch(ignoreUnknown) : null;
    return { payer, costMicros, price };
  }

  /**
   * @param options.wasShown set by platforms that let only those ask who see the answer
   * @throws AppError `message_not_found`
   */
  return async function explainAnswer({
    messageId,
    userId,
    wasShown = false,
  }: {
    messageId: string;
    userId: string;
    wasShown?: boolean;
  }): Promise<AnswerExplanation> {
    const row = await findRow(messageId);
    if (!row || !(wasShown || [row.asker_id, row.owner_id].includes(userId))) {
      throw new AppError('message_not_found', 'There is no such answer. It may have been deleted.');
    }
    const { input_tokens: inputTokens, output_tokens: outputTokens } = row;
    return {
      messageId: row.id,
      sources: row.sources,
      model: row.model,
      reason: row.model_reason,
      usage: inputTokens === null || outputTokens === null ? null : { inputTokens, outputTokens },
      ms: row.finished_at && row.finished_at.getTime() - row.created_at.getTime(),
      payment: row.asker_id === userId ? await toPayment(row) : null,
    };
  };
}

export type ExplainAnswer = ReturnType<typeof createExplainAnswer>;

function ignoreUnknown(error: unknown): null {
  if (error instanceof AppError) return null;
  throw error;
}
