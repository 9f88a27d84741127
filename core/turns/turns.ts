import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { Message } from '../messages/message.ts';
import { createMessagesRepository } from '../messages/messages-repository.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { TurnObserver } from '../ports/turn-observer.ts';
import { findCurrentUserId } from '../users/merged-users.ts';
import type { Platform } from '../users/platform.ts';
import type { Answer } from './answer-turn.ts';
import { type ContinuedAnswer, createContinuationsRepository } from './continuations-repository.ts';
import { beginToContinue } from './continue-answer.ts';
import { createEditedQuestions } from './edited-questions.ts';
import type { Edit } from './edits-repository.ts';
import type { FinishTurn } from './finish-turn.ts';
import type { AcceptedTurn, IncomingMessage } from './incoming-message.ts';
import { createLocalTurns, type LocalTurn, type StopReason } from './local-turns.ts';
import { createRecurringWork } from './recurring-work.ts';
import { createRetry } from './retry-turn.ts';
import { followStoredTurn } from './stored-turn.ts';
import { SupersededError } from './superseded.ts';
import type { TurnEvent } from './turn-event.ts';
import type { TurnSignals } from './turn-signals.ts';
import { createTurnsRepository, type Turn, type TurnToAnswer } from './turns-repository.ts';
import { abandoned, continuedElsewhere, deletedMeanwhile, deletedQuestion, restarting } from './unanswerable.ts';

export interface TurnsOptions {
  db: Knex;
  clock: Clock;
  logger: Logger;
  observer: TurnObserver;
  signals: TurnSignals;
  /** Writes the answer of one turn; see answer-turn.ts. */
  answer: Answer;
  /** Stores it, and charges for it; see finish-turn.ts. */
  finish: FinishTurn;
  /** How long a turn stays this process's own without a sign of life from it. */
  leaseMs?: number;
  /** Set when no other process can share this database: whatever is unfinished at the start is ours. */
  isOnlyProcess?: boolean;
}

/** Shows an answer that this process found unfinished, where its message was asked. */
export type RecoveredTurnHandler = (turn: Turn, events: AsyncIterable<TurnEvent>) => Promise<void>;

/** A message on its way into the database: there its turn can come up before we hear that it was accepted. */
interface Arrival {
  turnId: string;
  /** The turn, once it has come up. */
  claimed: TurnToAnswer | null;
}

const DEFAULT_LEASE_MS = 10_000;
const SWEEP_MS = 1000;
/** A turn that brought down its process this often would do so again. */
const MAX_ATTEMPTS = 3;

export interface FollowOptions {
  signal: AbortSignal;
  /** Of a turn that goes on with a cut answer, only what it adds; else the answer so far comes first. */
  onlyNew?: boolean;
}

export type Turns = ReturnType<typeof createTurns>;

/**
 * The one door for messages. A turn belongs to the process that accepted it, by a lease in the database; when that
 * process dies, whichever sees the lease run out first answers instead.
 */
export function createTurns(options: TurnsOptions) {
  const { db, clock, observer, signals, answer, finish } = options;
  const leaseMs = options.leaseMs ?? DEFAULT_LEASE_MS;
  const leaseOwner = randomUUID();
  const lease = { leaseOwner, leaseMs };
  const logger = options.logger.child({ part: 'turns' });
  const rows = createTurnsRepository(db);
  const messages = createMessagesRepository(db);

  const arriving = new Map<string, Arrival>();
  const local = createLocalTurns();
  const sweeping = createRecurringWork({
    run: sweep,
    everyMs: SWEEP_MS,
    onError: (error) => logger.warn({ err: error }, 'looking for unfinished turns failed; trying again'),
  });
  const recoveredHandlers = new Map<Platform, RecoveredTurnHandler>();
  let isStopping = false;
  let renewedAt = 0;

  const continuations = createContinuationsRepository(db);
  const edited = createEditedQuestions({ db, rows, messages, local, lease, signals, logger, runNextSoon });

  /** Records the message and starts its turn; returns before any slow work. */
  async function accept(incoming: IncomingMessage, replacesTurnId: string | null = null): Promise<AcceptedTurn> {
    assertTakingMore();
    return whileArriving(async (arrival) => {
      const { messageId, editedAt } = incoming;
      if (messageId !== undefined && editedAt !== undefined) {
        const accepted = await acceptEdit(arrival, { ...incoming, messageId, editedAt });
        if (accepted) return accepted;
      }
      return record(arrival, incoming, replacesTurnId);
    });
  }

  function assertTakingMore(): void {
    if (!isStopping) return;
    throw new AppError('shutting_down', 'Parley is restarting. Please try again in a moment.', {
      retryAfterSeconds: 5,
    });
  }

  /** Brings a turn into the database. */
  async function whileArriving<Result>(work: (arrival: Arrival) => Promise<Result>): Promise<Result> {
    const arrival: Arrival = { turnId: randomUUID(), claimed: null };
    arriving.set(arrival.turnId, arrival);
    try {
      return await work(arrival);
    } finally {
      // It still stands there only when the answer to our statement was lost.
      if (arriving.delete(arrival.turnId) && arrival.claimed) runRecovered(arrival.claimed);
    }
  }

  /** Has a turn that has arrived wait in line here; it may have come up meanwhile. */
  function enqueue({ turnId, claimed }: Arrival, mine: LocalTurn): void {
    arriving.delete(turnId);
    if (claimed) {
      mine.turn = claimed;
      start(mine);
    } else {
      runNextSoon(mine.turn.sessionId);
    }
  }

  /** Null for an edit of what was never asked. */
  async function acceptEdit(arrival: Arrival, incoming: Edit['incoming']): Promise<AcceptedTurn | null> {
    const edit = await edited.accept(arrival.turnId, incoming);
    if (!edit) return null;
    if (edit.waiting) enqueue(arrival, edit.waiting);
    return edit.accepted;
  }

  async function record(
    arrival: Arrival,
    incoming: IncomingMessage,
    replacesTurnId: string | null,
  ): Promise<AcceptedTurn> {
    const { turnId } = arrival;
    const accepted = await rows.accept({ turnId, messageId: randomUUID(), incoming, replacesTurnId, ...lease });
    if (accepted.outcome === 'session_not_found') {
      const userId = await findMergedAsker(incoming);
      if (userId !== null) return accept({ ...incoming, userId }, replacesTurnId);
      throw new AppError('session_not_found', 'There is no such chat. It may have been deleted.');
    }
    if (accepted.outcome === 'replaced_before') {
      throw new AppError('message_not_found', 'This has been answered again already, or was deleted.');
    }
    if (accepted.outcome === 'duplicate') return findDuplicate(incoming);

    arriving.delete(turnId);
    const turn = arrival.claimed ?? accepted.turn;
    const mine = local.add(turn, accepted.userMessage, { isKept: isKnownBy(incoming) });
    if (turn.state === 'running') start(mine);
    // The one it waited for may have ended meanwhile, without having seen this one in line.
    else if (!local.isRunningIn(turn.sessionId)) runNextSoon(turn.sessionId);
    return { turnId, isDuplicate: false };
  }

  /** Who the asker was merged into after a chat platform said who they are; a token follows no merge. */
  async function findMergedAsker({ platform, userId }: IncomingMessage): Promise<string | null> {
    const current = platform === 'web' ? null : await findCurrentUserId(db, userId);
    return current === userId ? null : current;
  }

  async function findDuplicate(incoming: IncomingMessage): Promise<AcceptedTurn> {
    const { platform, eventId, messageId } = incoming;
    const turn =
      (messageId === undefined ? null : await rows.findByMessage(platform, messageId)) ??
      (eventId === null ? null : await rows.findByEvent(platform, eventId));
    if (!turn) throw new AppError('conflict', 'This message was received before, and its chat has been deleted.');
    const [question] = await messages.listOfTurn(turn.id);
    if (platform === 'web' && messageId === undefined && question && question.content !== incoming.text) {
      throw new AppError(
        'conflict',
        'This Idempotency-Key was used for another message. Send a new key with a new message.',
      );
    }
    return { turnId: turn.id, isDuplicate: true };
  }

  async function continueAnswer(asked: ContinuedAnswer): Promise<AcceptedTurn> {
    assertTakingMore();
    return whileArriving(async (arrival) => {
      const continued = await beginToContinue(continuations, { turnId: arrival.turnId, ...asked, ...lease });
      if (continued.outcome === 'joined') return { turnId: continued.turnId, isDuplicate: true };
      const { turn, question, answer: cut } = continued;
      const options = { isKept: asked.eventId !== null, cutText: cut.content };
      enqueue(arrival, local.add(turn, question, options));
      return { turnId: turn.id, isDuplicate: false };
    });
  }

  function start(mine: LocalTurn): void {
    mine.run = runToItsEnd(mine).catch((error) => {
      // Only the database failing leads here: the turn stays in it, leased, and is taken up when the lease runs out.
      logger.error({ turnId: mine.turn.id, err: error }, 'a turn could not be ended');
      mine.live.end({ kind: 'failed', error });
      local.remove(mine.turn.id);
    });
  }

  async function runToItsEnd(mine: LocalTurn): Promise<void> {
    const { turn, userMessage, live, abort } = mine;
    const written =
      turn.attempts > MAX_ATTEMPTS ? abandoned() : await answer({ turn, userMessage, live, signal: abort.signal });
    if (abort.signal.reason === ('released' satisfies StopReason)) {
      local.remove(turn.id);
      live.end({ kind: 'failed', error: restarting() });
      return;
    }

    const finished = await finish(turn, leaseOwner, written);
    local.remove(turn.id);
    if (finished === null) {
      live.end({ kind: 'failed', error: await whyNotOurs(turn) });
      runNextSoon(turn.sessionId);
      return;
    }
    observer.turnFinished({
      platform: turn.platform,
      outcome: written.answer.state,
      ms: clock.now().getTime() - turn.createdAt.getTime(),
    });
    if (written.error) live.end({ kind: 'failed', error: written.error });
    else live.end({ kind: 'done', userMessage, answer: finished.answer, notices: finished.notices });
    // One accepted while this one ended was not in that statement's view; waiting here, it need not wait for the sweep.
    const isWaitingHere = local.waiting().some((other) => other.turn.sessionId === turn.sessionId);
    if (finished.nextOwner === leaseOwner || isWaitingHere) await runNext(turn.sessionId);
  }

  /** Why an answer that was written here is not the one that counts. */
  async function whyNotOurs(turn: Turn): Promise<Error> {
    const successorId = await edited.findSuccessor(turn.id);
    if (successorId !== null) return new SupersededError(successorId);
    return (await rows.find(turn.id)) === null ? deletedMeanwhile() : continuedElsewhere();
  }

  /** Claims and starts what is next in a session's line, when it is for this process. */
  async function runNext(sessionId: string): Promise<void> {
    if (isStopping) return;
    const turn = await rows.claimNext(sessionId, lease);
    if (!turn) return;
    const arrival = arriving.get(turn.id);
    const waiting = arrival ? null : (local.get(turn.id) ?? (await edited.takeOver(turn)));
    if (arrival) {
      arrival.claimed = turn;
    } else if (waiting) {
      waiting.turn = turn;
      start(waiting);
    } else {
      await recover(turn);
    }
  }

  function runNextSoon(sessionId: string): void {
    runNext(sessionId).catch((error) => logger.warn({ sessionId, err: error }, 'could not start the next turn'));
  }

  function runRecovered(turn: TurnToAnswer): void {
    recover(turn).catch((error) => logger.error({ turnId: turn.id, err: error }, 'a turn could not be taken up'));
  }

  async function recover(turn: TurnToAnswer): Promise<void> {
    logger.info(
      { turnId: turn.id, sessionId: turn.sessionId, attempts: turn.attempts },
      'taking up an unfinished turn',
    );
    const { question, cutText } = await findQuestion(turn);
    const mine = local.add(turn, question ?? deletedQuestion(turn), { isKept: true, cutText });
    start(mine);
    const handler = recoveredHandlers.get(turn.platform);
    if (!handler) return;
    handler(turn, follow(turn.id, { signal: new AbortController().signal })).catch((error) =>
      logger.error({ turnId: turn.id, err: error }, 'a recovered answer could not be shown'),
    );
  }

  async function findQuestion(turn: Turn): Promise<{ question: Message | undefined; cutText: string }> {
    if (turn.continuesMessageId === null) {
      const [question] = await messages.listOfTurn(turn.id);
      return { question, cutText: '' };
    }
    const exchange = await continuations.find(turn.continuesMessageId);
    return { question: exchange?.question, cutText: exchange?.answer.content ?? '' };
  }

  /** The events of a turn from its beginning, wherever it runs or ran, and of what took its place. */
  async function* follow(turnId: string, options: FollowOptions): AsyncGenerator<TurnEvent> {
    for (let currentId = turnId; ; ) {
      try {
        yield* followOne(currentId, options);
        return;
      } catch (error) {
        if (!(error instanceof SupersededError)) throw error;
        currentId = error.turnId;
        yield { type: 'restart', turnId: currentId };
      }
    }
  }

  async function* followOne(turnId: string, { signal, onlyNew }: FollowOptions): AsyncGenerator<TurnEvent> {
    const mine = local.get(turnId);
    if (!mine) {
      yield* followStoredTurn(turnId, { turns: rows, messages, signal, onlyNew });
      return;
    }
    try {
      if (mine.cutText !== '' && !onlyNew) yield { type: 'delta', text: mine.cutText };
      yield* mine.live.follow({ signal });
    } finally {
      if (mine.live.followers === 0 && !mine.isKept) stopLocal(mine);
    }
  }

  function stopLocal(mine: LocalTurn): void {
    mine.abort.abort('stopped' satisfies StopReason);
    if (mine.run === null) {
      // Still waiting in line: it ends when its turn comes, at once and without a model call.
      mine.isKept = false;
    }
  }

  async function sweep(): Promise<void> {
    const now = clock.now().getTime();
    if (now - renewedAt >= leaseMs / 3) {
      renewedAt = now;
      const held = local.all().map((mine) => mine.turn.id);
      const renewed = await rows.renewLeases(lease);
      await edited.catchUp(
        held,
        renewed.filter(({ id }) => !arriving.has(id)),
      );
    }
    const waiting = local.waiting();
    const sessionIds = waiting.map((mine) => mine.turn.sessionId);
    for (const sessionId of new Set([...sessionIds, ...(await rows.findAbandonedSessions(100))]))
      await runNext(sessionId);
    if (waiting.length > 0) await endDeleted(waiting);
  }

  /** Their chats were deleted while they waited in line: nobody will ever call them up. */
  async function endDeleted(waiting: LocalTurn[]): Promise<void> {
    const kept = await rows.findKept(waiting.map((mine) => mine.turn.id));
    for (const mine of waiting) {
      if (mine.run !== null || kept.has(mine.turn.id)) continue;
      local.remove(mine.turn.id);
      mine.live.end({ kind: 'failed', error: deletedMeanwhile() });
    }
  }

  return {
    accept: (incoming: IncomingMessage) => accept(incoming),
    follow,

    /** @throws AppError `message_not_found`, `forbidden` for another person's question, `conflict` before its end */
    retry: createRetry({ rows, messages, continuations, accept }),

    /**
     * Goes on with an answer that met its length limit (`isCut`), in the same stored message; see continue-answer.ts.
     * While it goes on already, or for an event that came before, the turn that does is given.
     * @throws AppError `message_not_found`, `forbidden` for another person's question, `conflict` for one that is whole
     */
    continueAnswer,

    /**
     * Accepts a message and gives the events of its answer. Leaving the loop stops the model, unless the message has
     * an `eventId`, by which the same answer can be asked for again.
     * @throws AppError on acceptance `session_not_found`, `conflict`, `shutting_down`; while answering `model_*`
     */
    async *run(incoming: IncomingMessage, { signal }: { signal: AbortSignal }): AsyncGenerator<TurnEvent> {
      const { turnId } = await accept(incoming);
      yield* follow(turnId, { signal });
    },

    /** Ends an answer where it is, in whichever process it is being written. */
    async stopTurn(turnId: string): Promise<void> {
      const known = local.get(turnId);
      if (known && !known.abort.signal.aborted) {
        stopLocal(known);
        return;
      }
      const currentId = (await rows.findCurrent(turnId))?.id ?? turnId;
      const current = local.get(currentId);
      if (current) stopLocal(current);
      else await signals.sendStop(currentId);
    },

    /** Keeps what an adapter needs to edit its message into the answer, should this process die. */
    saveDelivery: (turnId: string, delivery: unknown) => rows.saveDelivery(turnId, delivery),

    /** Set before `start()` by each platform that can show an answer begun by another process. */
    onRecovered(platform: Platform, handler: RecoveredTurnHandler): void {
      recoveredHandlers.set(platform, handler);
    },

    /** For adapters that were handed a turn's id, such as by a button; the one that counts since an edit. */
    find: (turnId: string) => rows.findCurrent(turnId),

    /** The turn that answers a platform's message, if that was a question; see `IncomingMessage.messageId`. */
    findByMessage: (platform: Platform, messageId: string) => rows.findByMessage(platform, messageId),

    /** The turn that a platform's event started, if it did. */
    findByEvent: (platform: Platform, eventId: string) => rows.findByEvent(platform, eventId),

    countUnfinished: () => rows.countUnfinished(),

    async start(): Promise<void> {
      if (options.isOnlyProcess) await rows.releaseLeases(null);
      await signals.start({
        onNext: runNextSoon,
        onStop: (turnId) => {
          const mine = local.get(turnId);
          if (mine) stopLocal(mine);
        },
      });
      sweeping.start();
    },

    /** Takes no more, lets running answers end for so long, then hands the rest over. */
    async stop({ drainMs }: { drainMs: number }): Promise<void> {
      isStopping = true;
      await sweeping.stop();
      const deadline = clock.now().getTime() + drainMs;
      const heartbeat = setInterval(() => void rows.renewLeases(lease).catch(() => {}), leaseMs / 3);
      await settleUntil(running(), Math.max(0, deadline - clock.now().getTime()));
      clearInterval(heartbeat);
      for (const mine of local.all()) {
        mine.abort.abort('released' satisfies StopReason);
        if (mine.run === null) mine.live.end({ kind: 'failed', error: restarting() });
      }
      await Promise.allSettled(running());
      await rows.releaseLeases(leaseOwner);
      local.clear();
      await signals.stop();
    },
  };

  function running(): Promise<void>[] {
    return local.all().flatMap((mine) => (mine.run ? [mine.run] : []));
  }
}

/** Whether somebody may come back for the answer. */
function isKnownBy({ eventId, messageId }: IncomingMessage): boolean {
  return eventId !== null || messageId !== undefined;
}

async function settleUntil(work: Promise<void>[], timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([Promise.allSettled(work), timeout]);
  clearTimeout(timer);
}
