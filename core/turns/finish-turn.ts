import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { retryDeadlock } from '../db/retry-deadlock.ts';
import type { Message } from '../messages/message.ts';
import type { AnswerPayments } from '../wallet/answer-payments.ts';
import { balanceWarning } from '../wallet/balance-warning.ts';
import { createUsageRepository } from '../wallet/usage-repository.ts';
import type { WrittenAnswer } from './answer-turn.ts';
import { createTurnsRepository, type Turn } from './turns-repository.ts';

export interface FinishTurnOptions {
  db: Knex;
  payments: Pick<AnswerPayments, 'settle'>;
  /** Where people recharge. */
  accountUrl: string;
}

export interface FinishedTurn {
  answer: Message;
  nextOwner: string | null;
  notices: string[];
}

export type FinishTurn = ReturnType<typeof createFinishTurn>;

/**
 * Stores an answer and charges for it in one transaction, so that each answer that is kept is paid once, and an attempt
 * at it that was overtaken by another process is not paid at all.
 */
export function createFinishTurn({ db, payments, accountUrl }: FinishTurnOptions) {
  const rows = createTurnsRepository(db);
  const usage = createUsageRepository(db);

  async function finishAndSettle(turn: Turn, leaseOwner: string, written: WrittenAnswer): Promise<FinishedTurn | null> {
    const answer = { messageId: randomUUID(), ...written.answer };
    const ending = { turnId: turn.id, leaseOwner, isContinuation: turn.continuesMessageId !== null };
    const { payment } = written;
    if (!payment || (payment.holdId === null && payment.capHoldId === null)) {
      const finished = await rows.finish({ ...ending, addsToKey: true }, answer);
      return finished && { ...finished, notices: [] };
    }
    return db.transaction(async (trx) => {
      const rows = createTurnsRepository(trx);
      // Other calls with its key settle at the same time: all of them lock the wallet first and then the key's month.
      const finished = await rows.finish({ ...ending, addsToKey: false }, answer);
      if (!finished) return null;
      // Programs have nowhere to show a warning: it waits for an answer in a chat.
      const canWarn = turn.platform !== 'api';
      const settled = await payments.settle(payment, written.answer.spending ?? null, { within: trx, canWarn });
      if (turn.place.apiKey) await createUsageRepository(trx).addTurnToKey(turn.id);
      const notices = settled?.warning
        ? [balanceWarning(settled.warning, { accountUrl, isPrivate: turn.place.isPrivate })]
        : [];
      if (notices.length > 0) await rows.saveNotices(turn.id, notices);
      return { ...finished, notices };
    });
  }

  /** Its chat was deleted while it was being written, or its question edited: what was written by then was spent. */
  async function settleUnkept(turn: Turn, written: WrittenAnswer): Promise<void> {
    const { id: turnId, userId, platform, place } = turn;
    const spending = written.answer.spending ?? null;
    const call = { turnId, userId, platform, space: place.space, apiKeyId: place.apiKey?.id };
    if (spending) await usage.record(call, spending);
    if (written.payment) await payments.settle(written.payment, spending);
  }

  /** @returns null when another process took over, whose answer counts, the chat was deleted, or the question edited meanwhile */
  return async (turn: Turn, leaseOwner: string, written: WrittenAnswer): Promise<FinishedTurn | null> => {
    const finished = await retryDeadlock(() => finishAndSettle(turn, leaseOwner, written));
    if (finished) return finished;
    const kept = await rows.find(turn.id);
    if (kept === null || kept.supersededBy !== null) await settleUnkept(turn, written);
    return null;
  };
}
