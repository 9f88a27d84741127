import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { createMessagesRepository } from '../messages/messages-repository.ts';
import type { Logger } from '../ports/logger.ts';
import { createEditsRepository, type Edit } from './edits-repository.ts';
import type { AcceptedTurn } from './incoming-message.ts';
import type { LocalTurn, LocalTurns, StopReason } from './local-turns.ts';
import { SupersededError } from './superseded.ts';
import type { TurnSignals } from './turn-signals.ts';
import type { createTurnsRepository, RenewedTurn, TurnToAnswer } from './turns-repository.ts';

interface EditedQuestionsOptions {
  db: Knex;
  rows: ReturnType<typeof createTurnsRepository>;
  messages: ReturnType<typeof createMessagesRepository>;
  local: LocalTurns;
  lease: { leaseOwner: string; leaseMs: number };
  signals: Pick<TurnSignals, 'subscribe'>;
  logger: Logger;
  /** Claims and starts what is next in a session's line, when it is for this process. */
  runNextSoon(sessionId: string): void;
}

const CHANNEL = 'parley_turn_replaced';

/**
 * Questions that are edited. The answer to the new words is a turn of its own, so that what was spent on the first one
 * is charged as it was; it takes the place of the first in its session. Where that is still being answered, its process
 * answers the new one as well: whoever shows the first goes on with it, in the same message of the platform.
 */
export function createEditedQuestions(options: EditedQuestionsOptions) {
  const { db, rows, messages, local, lease, logger, runNextSoon } = options;
  const edits = createEditsRepository(db);

  options.signals.subscribe(CHANNEL, (turnId) => {
    const mine = local.get(turnId);
    if (!mine) return;
    giveWay(mine).catch((error) => logger.warn({ turnId, err: error }, 'an edit is taken up later'));
  });

  /** Has the turn that took the place of one of ours wait here, if it is for this process, before anybody looks for it. */
  async function findSuccessor(turnId: string): Promise<string | null> {
    const successorId = (await rows.find(turnId))?.supersededBy ?? null;
    if (successorId !== null && !local.get(successorId)) {
      const waiting = await rows.findWaiting(successorId, lease.leaseOwner);
      const [userMessage] = waiting ? await messages.listOfTurn(successorId) : [];
      if (waiting && userMessage && !local.get(successorId)) local.add(waiting, userMessage, { isKept: true });
    }
    return successorId;
  }

  /** Ends a turn of ours whose question was edited; one that runs ends by itself when its model has stopped. */
  async function giveWay(mine: LocalTurn): Promise<void> {
    const successorId = await findSuccessor(mine.turn.id);
    if (successorId === null) return;
    yieldTo(mine, successorId);
    runNextSoon(mine.turn.sessionId);
  }

  function yieldTo(mine: LocalTurn, successorId: string): void {
    if (mine.run !== null) {
      mine.abort.abort('stopped' satisfies StopReason);
      return;
    }
    local.remove(mine.turn.id);
    mine.live.end({ kind: 'failed', error: new SupersededError(successorId) });
  }

  return {
    /** @returns null for an edit of what was never asked; `waiting` is what is to be answered by this process */
    async accept(
      turnId: string,
      incoming: Edit['incoming'],
    ): Promise<{ accepted: AcceptedTurn; waiting: LocalTurn | null } | null> {
      const edit = await edits.supersede({ turnId, incoming, ...lease });
      if (edit.outcome === 'not_asked') return null;
      if (edit.outcome === 'unchanged') {
        return { accepted: { turnId: edit.turnId, isDuplicate: true }, waiting: null };
      }
      if (edit.outcome === 'deleted') throw new AppError('message_not_found', 'This question has been deleted.');

      const { turn, before, inHandId } = edit;
      const isOurs = edit.leaseOwner === lease.leaseOwner;
      const waiting = isOurs ? local.add(turn, edit.userMessage, { isKept: true }) : null;
      const mine = inHandId === null ? undefined : local.get(inHandId);
      if (mine) yieldTo(mine, turn.id);
      else if (inHandId !== null) await db.raw('select pg_notify(?, ?)', [CHANNEL, inHandId]);
      const isShown = inHandId !== null;
      const replaced = { turnId: before.id, delivery: before.delivery };
      return { accepted: { turnId, isDuplicate: isShown, ...(!isShown && { replaced }) }, waiting };
    },

    findSuccessor,

    /** A turn that came up here: one of ours that it took the place of gives way, and its followers go on with this. */
    async takeOver(turn: TurnToAnswer): Promise<LocalTurn | null> {
      const before = (await rows.listIdsBefore(turn.id)).flatMap((id) => local.get(id) ?? []);
      if (before.length === 0) return null;
      const [userMessage] = await messages.listOfTurn(turn.id);
      if (!userMessage) return null;
      const mine = local.get(turn.id) ?? local.add(turn, userMessage, { isKept: true });
      for (const one of before) yieldTo(one, turn.id);
      return mine;
    },

    /** Makes up for signals that were missed. @param held ours when it was asked which of them are ours still */
    async catchUp(held: readonly string[], renewed: readonly RenewedTurn[]): Promise<void> {
      const kept = new Set(renewed.map(({ id }) => id));
      const lost = held.filter((id) => !kept.has(id));
      for (const { id } of lost.length > 0 ? await rows.listSuperseded(lost) : []) {
        const mine = local.get(id);
        if (mine) await giveWay(mine);
      }
      for (const { id, sessionId } of renewed) if (!local.get(id)) runNextSoon(sessionId);
    },
  };
}
