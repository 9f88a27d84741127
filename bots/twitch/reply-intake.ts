import { randomUUID } from 'node:crypto';
import type { App } from '../../core/app.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { createArrivalOrder } from '../../core/turns/arrival-order.ts';
import type { TurnEvent } from '../../core/turns/turn-event.ts';
import { errorSentence } from '../shared/error-sentence.ts';
import type { Place } from '../shared/fair-line.ts';
import { type ChatLine, hasLevel } from './chat-line.ts';
import { type ChatSender, StoppedError } from './chat-sender.ts';
import { cutText, MOST_CHARACTERS, toChatLine } from './chat-text.ts';
import type { Decision } from './decision.ts';
import { createForgetting } from './forgetting.ts';
import { HandedOverError } from './handed-over.ts';
import { createQuoteReader } from './quote-reader.ts';
import type { Lease, RepliesRepository, Reply } from './replies-repository.ts';
import { createReplyOutcomes, type Outcome } from './reply-outcome.ts';
import type { Waiting } from './waiting.ts';

export interface ReplyIntakeOptions {
  app: App;
  replies: RepliesRepository;
  sender: ChatSender;
  /** What a message gets; `waiting` is what this process had to say when it came. */
  decide(line: ChatLine, more: { waiting: Waiting; isAgain: boolean }): Promise<Decision>;
  /** Without a slash at its end. */
  publicUrl: string;
  logger: Logger;
  leaseMs?: number;
}

/** One of those that the line of this process knows. */
type WaitingReply = Reply & { place: Place };

const MISSED = 'I was restarted just when you wrote. Please ask again.';
const LEASE_MS = 10_000;
const SWEEP_MS = 1000;
const CLEAN_MS = 60 * 60_000;
const CLAIM_AT_ONCE = 20;
const TRY_AGAIN_MS = 5000;
const MOST_ATTEMPTS = 6;
/** Why Twitch does not show a message because of what is in it. */
const HELD_BACK = /reject|automod|censor|blocked_term|bad_char|too_long|r9k|uniquechat/i;
/** As long as Twitch drops a message for being the same as an earlier one: sent again, it is not seen twice. */
const SAME_TEXT_MS = 30_000;

/**
 * Brings messages to their visible outcome. Each is recorded before it is worked on; whatever happens to this process
 * then, it or another one goes on where it was left.
 */
export function createReplyIntake(options: ReplyIntakeOptions) {
  const { app, replies, sender, logger } = options;
  const lease: Lease = { owner: randomUUID(), ms: options.leaseMs ?? LEASE_MS };
  const running = new Map<string, { work: Promise<void>; reply: Reply }>();
  const { toOutcome, linkTo } = createReplyOutcomes(options);
  /** By event, the channels of messages that are recorded, and not decided on yet. */
  const deciding = new Map<string, string>();
  /** By channel, why Twitch does not show what is said there, until it shows something again. */
  const unshown = new Map<string, string>();
  const arrivals = createArrivalOrder();
  const following = new AbortController();
  const { forget, deleteSessions } = createForgetting({ app, replies, logger });
  let isStopping = false;
  let sweeper: NodeJS.Timeout | null = null;
  let renewedAt = 0;
  let cleanedAt = 0;

  app.turns.onRecovered('twitch', async (turn, events) => {
    const eventId = (turn.delivery as { eventId?: string } | null)?.eventId;
    const reply = eventId ? await replies.claim(eventId, lease) : null;
    if (reply) start({ ...reply, turnId: turn.id }, events);
  });

  app.overhearing.register('twitch', createQuoteReader(replies));

  function findWaiting(): Waiting {
    return [...[...running.values()].map(({ reply }) => reply.channel), ...deciding.values()];
  }

  function start(reply: Reply, events?: AsyncIterable<TurnEvent>): void {
    if (isStopping || running.has(reply.eventId) || deciding.has(reply.eventId)) return;
    const place = sender.enter({
      person: reply.askerId,
      crowd: reply.channel,
      isAhead: reply.asked !== null && hasLevel(reply.asked, 'mod'),
      askedAt: reply.createdAt,
    });
    const work = run(reply, () => bringToOutcome({ ...reply, place }, events)).finally(() => {
      place.leave();
      running.delete(reply.eventId);
    });
    running.set(reply.eventId, { work, reply });
  }

  /** What fails here is tried again, by whoever sees it first. */
  async function run(reply: Reply, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const isOurs = !(error instanceof StoppedError || error instanceof HandedOverError || following.signal.aborted);
      if (isOurs)
        logger.warn({ messageId: reply.messageId, turnId: reply.turnId, err: error }, 'a reply has to be tried again');
      await replies
        .release(lease.owner, reply.eventId, { afterMs: isOurs ? TRY_AGAIN_MS : 0 })
        .catch((err) => logger.warn({ messageId: reply.messageId, err }, 'a reply is left to when its lease runs out'));
    }
  }

  async function bringToOutcome(reply: WaitingReply, events?: AsyncIterable<TurnEvent>): Promise<void> {
    const turnId = reply.turnId ?? (await app.turns.findByEvent('twitch', reply.eventId))?.id ?? null;
    if (reply.isForgotten) return forget(reply, turnId, following.signal);
    if (reply.attempts > MOST_ATTEMPTS) {
      logger.error({ messageId: reply.messageId, turnId }, 'a reply could not be brought to an outcome');
      return replies.finish(reply.eventId);
    }
    const sentAgoMs = reply.sendingAt ? Date.now() - reply.sendingAt.getTime() : null;
    // It was on its way when its process died: most likely it has arrived, and Twitch would show a second one by now.
    if (sentAgoMs !== null && sentAgoMs > SAME_TEXT_MS) return replies.finish(reply.eventId);
    if (reply.text !== null) return say(reply, { text: reply.text, turnId, isRepeat: sentAgoMs !== null });
    if (turnId === null) return decideAgain(reply);

    const followed = events ?? app.turns.follow(turnId, { signal: following.signal });
    const outcome = await toOutcome(turnId, followed, { signal: following.signal });
    if (outcome === null) return replies.finish(reply.eventId);
    await replies.saveText(reply.eventId, outcome.text);
    await say(reply, { ...outcome, turnId, isRepeat: false });
  }

  /** Its process died before it had decided anything. */
  async function decideAgain(reply: WaitingReply): Promise<void> {
    const { asked } = reply;
    if (asked === null) return say(reply, { text: MISSED, turnId: null, isRepeat: false });
    const decided = await decideOn(reply, () => options.decide(asked, { waiting: findWaiting(), isAgain: true }));
    if (decided) await bringToOutcome({ ...decided, place: reply.place });
  }

  async function say(
    reply: WaitingReply,
    { text, answerId, turnId, isRepeat }: Outcome & { turnId: string | null; isRepeat: boolean },
  ): Promise<void> {
    const outcome = await sender.send({
      channel: reply.channel,
      roomId: reply.roomId,
      replyTo: reply.messageId,
      askerLogin: reply.askerLogin,
      text,
      isRepeat,
      place: reply.place,
      beforeSending: (sent) => replies.startSending(reply.eventId, sent),
      notSent: () => replies.takeBackSending(reply.eventId),
    });
    if (outcome.kind === 'cancelled') return forget(reply, turnId, following.signal);
    if (outcome.kind === 'sent') unshown.delete(reply.channel);
    if (outcome.kind === 'dropped') {
      if (!HELD_BACK.test(outcome.code)) unshown.set(reply.channel, outcome.code);
      logger.warn(
        { messageId: reply.messageId, turnId, channel: reply.channel, reason: outcome.code },
        'Twitch did not show a reply',
      );
      if (answerId && HELD_BACK.test(outcome.code)) {
        const elsewhere = `This chat's filters held my answer back. It can be read here: ${await linkTo(answerId)}`;
        return say(reply, { text: elsewhere, turnId, isRepeat: false });
      }
    }
    await replies.finish(reply.eventId);
  }

  async function takeOn(line: ChatLine): Promise<void> {
    const target = { ...line, askerId: line.userId, askerLogin: line.login, asked: line };
    const reply = isStopping ? null : await replies.record(target, lease);
    if (!reply) return;
    const waiting = findWaiting();
    deciding.set(reply.eventId, line.channel);
    const decided = await decideOn(reply, () => options.decide(line, { waiting, isAgain: false })).finally(() =>
      deciding.delete(reply.eventId),
    );
    if (decided) start(decided);
  }

  /** Null when nothing is to be seen. */
  async function decideOn(reply: Reply, decide: () => Promise<Decision>): Promise<Reply | null> {
    const { eventId, messageId } = reply;
    const decision = await decide().catch((error): Decision => {
      logger.warn({ messageId, err: error }, 'a message could not be taken on; its author is told');
      return { outcome: 'said', text: errorSentence(error) };
    });
    if (decision.outcome === 'ignored') {
      await replies.finish(eventId);
      return null;
    }
    if (decision.outcome === 'accepted') {
      await replies.saveTurn(eventId, decision.turnId);
      return { ...reply, turnId: decision.turnId };
    }
    const text = cutText(toChatLine(decision.text), MOST_CHARACTERS);
    await replies.saveText(eventId, text);
    return { ...reply, text };
  }

  async function forgetAll(found: Reply[]): Promise<void> {
    await Promise.all(found.map((reply) => run(reply, () => forget(reply, reply.turnId, following.signal))));
  }

  async function sweep(): Promise<void> {
    const now = Date.now();
    if (now - renewedAt >= lease.ms / 3) {
      renewedAt = now;
      await replies.renew(lease);
    }
    if (now - cleanedAt >= CLEAN_MS) {
      cleanedAt = now;
      await replies.removeOld();
    }
    const known = [...running.keys(), ...deciding.keys()];
    for (const reply of await replies.claimAbandoned(lease, { most: CLAIM_AT_ONCE, known })) start(reply);
  }

  function scheduleSweep(): void {
    sweeper = setTimeout(() => {
      sweep()
        .catch((error) => logger.warn({ err: error }, 'looking for unfinished replies failed; trying again'))
        .finally(() => {
          if (!isStopping) scheduleSweep();
        });
    }, SWEEP_MS);
  }

  return {
    /** Records a message, lets `decide` say what it gets, and shows that. A message recorded before does nothing. */
    receive: (line: ChatLine): Promise<void> => arrivals.run(`${line.channel} ${line.userId}`, () => takeOn(line)),

    /** Ends what is being answered to somebody in a channel, as far as it is here. */
    async stopAnswers(channel: string, askerId: string): Promise<boolean> {
      const theirs = [...running.values()].filter(
        ({ reply }) => reply.channel === channel && reply.askerId === askerId,
      );
      const turnIds = theirs.flatMap(({ reply }) => reply.turnId ?? []);
      for (const turnId of turnIds) await app.turns.stopTurn(turnId);
      return turnIds.length > 0;
    },

    forgetMessage: async (messageId: string) => forgetAll(await replies.forgetMessage(messageId)),

    /** @param ban.isForGood a ban, after which nothing of the person in that channel is kept, not just a timeout */
    async forgetPerson(ban: { channel: string; userId: string; isForGood: boolean }): Promise<void> {
      await forgetAll(await replies.forgetPerson(ban.channel, ban.userId));
      if (ban.isForGood) await deleteSessions(ban.channel, ban.userId);
    },

    /** Channels where nothing can be said, with Twitch's reason: banned, followers only. */
    unshown: (): ReadonlyMap<string, string> => unshown,

    start: scheduleSweep,

    /** Call it after the turns have been stopped: what is not said yet is left to another process. */
    async stop({ drainMs = 0 }: { drainMs?: number } = {}): Promise<void> {
      isStopping = true;
      if (sweeper) clearTimeout(sweeper);
      await settleWithin(
        [...running.values()].map(({ work }) => work),
        drainMs,
      );
      following.abort();
      sender.stop();
      await Promise.allSettled([...running.values()].map(({ work }) => work));
      await replies.release(lease.owner, null, { afterMs: 0 });
    },
  };
}

async function settleWithin(work: Promise<void>[], timeoutMs: number): Promise<void> {
  if (work.length === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([Promise.allSettled(work), timeout]);
  clearTimeout(timer);
}
