import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../../core/app.ts';
import type { Encryption } from '../../core/encryption/encryption.ts';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { createArrivalOrder } from '../../core/turns/arrival-order.ts';
import type { TurnEvent } from '../../core/turns/turn-event.ts';
import { errorSentence } from '../shared/error-sentence.ts';
import { type Acceptance, type AcceptOptions, acceptQuestion, PLATFORM, spaceOf } from './accept-question.ts';
import { arrivalPlace, HandedOverError, threadOf, type ViewContext } from './answer-view.ts';
import { messageIdOf } from './delivery.ts';
import { requestOf } from './encrypted-columns.ts';
import { toEventId } from './event-id.ts';
import { showAnswer } from './show-answer.ts';
import type { Waiter } from './slack-api.ts';
import type { SlackQuestion } from './slack-question.ts';
import type { Progress, SlackRequest, SlackRequestsRepository } from './slack-requests-repository.ts';
import type { OpenStreams } from './stream-view.ts';
import { tellAsker } from './tell-asker.ts';
import { createWaitingPeople } from './waiting-people.ts';
import type { Workspaces } from './workspaces.ts';

export interface IntakeOptions extends Omit<AcceptOptions, 'isFirstTry'> {
  app: App;
  requests: SlackRequestsRepository;
  workspaces: Workspaces;
  encryption: Encryption;
  logger: Logger;
  /** How long a request stays this process's own without a sign of life from it. */
  leaseMs?: number;
}

interface Asked {
  request: SlackRequest;
  question: SlackQuestion;
  waiter: Waiter;
  events: AsyncIterable<TurnEvent> | undefined;
}

const DEFAULT_LEASE_MS = 15_000;
const SWEEP_MS = 1000;
const CLAIM_AT_ONCE = 20;
/** Longer with every try: the last comes after an hour and a half, in which a revoked token may have been replaced. */
const FIRST_TRY_AGAIN_MS = 5000;
const MAX_ATTEMPTS = 8;
/** An answer does not wait longer for its status. */
const LONGEST_STATUS_MS = 2000;
const CLEAN_MS = 60 * 60_000;

export type QuestionIntake = ReturnType<typeof createQuestionIntake>;

/**
 * Takes questions from Slack to their visible outcome. Each is recorded before Slack is told that it arrived; whatever
 * happens to this process then, this or another one goes on where it was left.
 */
export function createQuestionIntake(options: IntakeOptions) {
  const { app, requests, workspaces, encryption, logger } = options;
  const lease = { owner: randomUUID(), ms: options.leaseMs ?? DEFAULT_LEASE_MS };
  const openStreams: OpenStreams = new Map();
  const running = new Map<string, Promise<void>>();
  const arrivals = createArrivalOrder();
  const waitingPeople = createWaitingPeople();
  /** Messages that may become questions in a moment. */
  const inHand = new Set<string>();
  let isStopping = false;
  let sweeper: NodeJS.Timeout | null = null;
  let renewedAt = 0;
  let cleanedAt = 0;

  app.turns.onRecovered(PLATFORM, async (turn, events) => {
    const request = await requests.claimOfTurn(turn.id, lease);
    if (request) start(request, events);
  });

  function start(request: SlackRequest, events?: AsyncIterable<TurnEvent>): void {
    if (running.has(request.id) || isStopping) return;
    const work = run(request, events)
      .catch((error) => logger.error({ requestId: request.id, err: error }, 'a question could not be worked on'))
      .finally(() => running.delete(request.id));
    running.set(request.id, work);
  }

  async function run(request: SlackRequest, events?: AsyncIterable<TurnEvent>): Promise<void> {
    try {
      if (request.request !== null) await bringToOutcome(request, request.request, events);
      await requests.finish(request.id, lease.owner);
    } catch (error) {
      const isHandedOver = error instanceof HandedOverError;
      if (!isHandedOver && (request.attempts >= MAX_ATTEMPTS || isHopeless(error))) {
        logger.error({ requestId: request.id, turnId: request.turnId, err: error }, 'an outcome could not be shown');
        await tellOfFailure(request);
        await requests.finish(request.id, lease.owner);
        return;
      }
      if (!isHandedOver) logger.warn({ requestId: request.id, err: error }, 'a question has to be tried again');
      const pauseMs = isHandedOver ? FIRST_TRY_AGAIN_MS : FIRST_TRY_AGAIN_MS * 3 ** (request.attempts - 1);
      await requests.release(lease.owner, request.id, { afterMs: isStopping ? 0 : pauseMs });
    }
  }

  const read = (id: string, encrypted: string): SlackQuestion =>
    JSON.parse(encryption.decrypt(encrypted, requestOf(id)));

  async function bringToOutcome(
    request: SlackRequest,
    encrypted: string,
    events: AsyncIterable<TurnEvent> | undefined,
  ): Promise<void> {
    const question = read(request.id, encrypted);
    const messageId = messageIdOf(question);
    if (messageId !== null) inHand.add(messageId);
    const waiter = waitingPeople.enter(`${question.userTeamId} ${question.userId}`);
    try {
      await showOutcome({ request, question, waiter, events });
    } finally {
      waiter.leave();
    }
  }

  async function showOutcome({ request, question, waiter, events }: Asked): Promise<void> {
    const earlier = request.progress;
    const { context, acceptance } = await arrivals
      .run(arrivalPlace(question), () => takeOn(request, question, waiter))
      .finally(() => inHand.delete(messageIdOf(question) ?? ''));
    if (acceptance.outcome === 'ignored') return;
    if (acceptance.outcome === 'said') {
      if (request.attempts === 1 && (await wasTold(question))) return;
      return tellAsker(context, acceptance.sentence, { mayReplace: question.retryOf === null });
    }
    const { turnId, canShare, replaces } = acceptance;
    if (replaces) await context.save(replaces);
    const status = earlier === null ? showStatus(context) : Promise.resolve();
    const followed = events ?? app.turns.follow(turnId, { signal: new AbortController().signal });
    await showAnswer({ ...context, turnId }, turnId, afterwards(status, followed), {
      openStreams,
      progress: replaces ?? earlier,
      isOtherTurn: replaces !== undefined,
      canShare: canShare && question.responseUrl !== null && !question.isDirect,
    });
  }

  /** Whether another event of the same message has been told the same. */
  async function wasTold(question: SlackQuestion): Promise<boolean> {
    const messageId = question.retryOf === null && !question.goOnWith ? messageIdOf(question) : null;
    if (messageId === null) return false;
    return !(await app.inbox.record(PLATFORM, toEventId('told', messageId, question.editedAt)));
  }

  /** The last that is tried: who asked hears at least that nothing more will come. */
  async function tellOfFailure({ id, request, turnId, teamId }: SlackRequest): Promise<void> {
    if (request === null) return;
    try {
      const question = read(id, request);
      const workspace = await workspaces.find(teamId);
      const context = { workspace, question, requestId: id, turnId, requests, logger, save: async () => {} };
      await tellAsker(context, errorSentence(null, { turnId: turnId ?? id }));
    } catch (error) {
      logger.error({ requestId: id, err: error }, 'who asked could not be told, either');
    }
  }

  /** Decides what a question gets, and notes its turn when that is an answer. */
  async function takeOn(
    request: SlackRequest,
    question: SlackQuestion,
    waiter: Waiter,
  ): Promise<{ context: ViewContext; acceptance: Acceptance }> {
    const found = await workspaces.find(question.teamId);
    const workspace = { ...found, api: found.api.forWaiter(waiter) };
    const save = async (progress: Progress) => {
      request.progress = progress;
      if (!(await requests.saveProgress(request.id, lease.owner, progress))) {
        throw new HandedOverError('another process shows this');
      }
    };
    const context: ViewContext = { workspace, question, requestId: request.id, turnId: null, requests, logger, save };
    if (request.progress === null) {
      await save({ mode: 'none', channel: question.channel, threadTs: threadOf(question), ts: null, more: [] });
    }
    const acceptance = request.turnId
      ? await resumed(context, request.turnId)
      : await accept(context, { isFirstTry: request.attempts === 1 });
    if (acceptance.outcome === 'accepted') {
      request.turnId = acceptance.turnId;
      await requests.saveTurn(request.id, acceptance.turnId);
    }
    return { context, acceptance };
  }

  async function resumed({ workspace, question }: ViewContext, turnId: string) {
    const sharing = question.isDirect ? 'internal' : await options.findSharing(workspace.api, question);
    return { outcome: 'accepted' as const, turnId, canShare: sharing === 'internal' };
  }

  async function accept(context: ViewContext, { isFirstTry }: { isFirstTry: boolean }) {
    try {
      return await acceptQuestion(context, { ...options, isFirstTry });
    } catch (error) {
      if (error instanceof AppError && error.code !== 'shutting_down' && error.code !== 'database_unavailable') {
        return { outcome: 'said' as const, sentence: errorSentence(error) };
      }
      throw error instanceof AppError ? new HandedOverError('not now', { cause: error }) : error;
    }
  }

  /** Slack takes it away when the answer comes: it would stay for long if it came after that. */
  async function showStatus({ question, workspace }: ViewContext): Promise<void> {
    const thread = threadOf(question);
    if (thread === null || question.responseUrl !== null) return;
    const args = {
      channel_id: question.channel,
      thread_ts: thread,
      status: 'is thinking…',
      loading_messages: ['Reading the documents…', 'Looking for the right passage…', 'Writing…'],
    };
    const shown = workspace.api
      .call('assistant.threads.setStatus', args, { mayWaitMs: 0 })
      .catch((error) => logger.debug({ teamId: question.teamId, err: error }, 'Slack took no status'));
    await Promise.race([shown, sleep(LONGEST_STATUS_MS, null, { ref: false })]);
  }

  async function sweep(): Promise<void> {
    const now = Date.now();
    if (now - renewedAt >= lease.ms / 3) {
      renewedAt = now;
      await requests.renew(lease);
    }
    if (now - cleanedAt >= CLEAN_MS) {
      cleanedAt = now;
      await requests.removeOld();
    }
    for (const request of await requests.claimAbandoned(lease, CLAIM_AT_ONCE)) start(request);
  }

  function scheduleSweep(): void {
    sweeper = setTimeout(() => {
      sweep()
        .catch((error) => logger.warn({ err: error }, 'looking for unfinished questions failed; trying again'))
        .finally(() => {
          if (!isStopping) scheduleSweep();
        });
    }, SWEEP_MS);
  }

  return {
    /** Whether a message in a channel is meant for us; those that are not are never recorded. */
    async isForUs(question: SlackQuestion): Promise<boolean> {
      if (question.isDirect || question.isMention) return true;
      const place = { platform: PLATFORM, space: spaceOf(question.teamId), channel: question.channel } as const;
      return !(await app.places.settings(place)).mentionNeeded;
    },

    /** Whether an edited message was a question; in a DM every message is one. */
    async wasAsked(question: SlackQuestion): Promise<boolean> {
      const id = messageIdOf(question);
      if (question.isDirect || id === null) return question.isDirect;
      return inHand.has(id) || (await app.turns.findByMessage(PLATFORM, id)) !== null;
    },

    /** Records a question, which is all that Slack waits for, and begins to work on it. */
    async receive(question: SlackQuestion): Promise<void> {
      const { id, teamId } = question;
      const request = encryption.encrypt(JSON.stringify(question), requestOf(id));
      if (!(await requests.record({ id, teamId, request }, lease))) return;
      start({ id, teamId, request, turnId: null, progress: null, attempts: 1 });
    },

    start: scheduleSweep,

    /** Call it after the turns have been stopped: what they had begun is left to another process. */
    async stop({ drainMs = 0 }: { drainMs?: number } = {}): Promise<void> {
      isStopping = true;
      if (sweeper) clearTimeout(sweeper);
      let timer: NodeJS.Timeout | undefined;
      const timeout = new Promise((resolve) => {
        timer = setTimeout(resolve, drainMs);
      });
      await Promise.race([Promise.allSettled(running.values()), timeout]);
      clearTimeout(timer);
      await requests.release(lease.owner, null, { afterMs: 0 });
    },
  };
}

async function* afterwards<Event>(first: Promise<void>, events: AsyncIterable<Event>): AsyncGenerator<Event> {
  await first;
  yield* events;
}

/** Nobody can be told anything, however often we try. */
function isHopeless(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'not_found' || error.code === 'unreadable_secret');
}
