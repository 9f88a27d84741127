import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../core/ports/logger.ts';
import { createFairLine, type Place, type Try } from '../shared/fair-line.ts';
import type { SendBudget, Slot } from './send-budget.ts';
import type { SendResult, TwitchApi } from './twitch-api.ts';

export interface OutgoingReply {
  channel: string;
  roomId: string;
  /** The message to reply to; empty where it has no id. */
  replyTo: string;
  askerLogin: string;
  text: string;
  /** In the line of those who wait to be answered; see `enter`. */
  place: Place;
  /** It may have been sent already, by a process that died: Twitch drops it then. */
  isRepeat: boolean;
  /** Called right before each try with what is sent; false when it is not wanted any more. */
  beforeSending(text: string): Promise<boolean>;
  /** Called when it certainly has not reached Twitch. */
  notSent(): Promise<void>;
}

export type SendOutcome = { kind: 'sent' } | { kind: 'cancelled' } | { kind: 'dropped'; code: string };

/** The bot is stopping: what is not sent yet is for another process. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
}

export interface ChatSenderOptions {
  budget: SendBudget;
  /** Null without an application: then everything goes over the chat connection. */
  api: TwitchApi | null;
  irc: {
    send(message: { channel: string; text: string; replyTo: string | null }): Promise<SendResult>;
    isModerator(channel: string): boolean;
    forgetModerator(channel: string): void;
  };
  /** The bot account's id on Twitch. */
  findSenderId(): string;
  logger: Logger;
}

const MOST_TRIES = 12;
/** Sent so often without a sign of arrival, it has either arrived or never will. */
const MOST_UNKNOWN = 4;
/** While Twitch is away, answers wait; after so long nobody waits for them any more. */
const LONGEST_WAIT_MS = 15 * 60_000;
const UNKNOWN_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 20_000;
const SLOW_MODE_PAUSE_MS = 5000;
/** How long a channel is spoken to over the chat connection after the API was refused there. */
const REFUSED_MS = 10 * 60_000;

/** The limits of the account for channels of both kinds; besides, each channel is one that takes a message at a time. */
const ACCOUNT = 'account';
/** Only where nobody says that a channel is free again. */
const SPEAKING_MS = 100;

export type ChatSender = ReturnType<typeof createChatSender>;

/**
 * Says things in channels: one at a time in each, within the limits of the account, to a known end. Who goes first is
 * for the line to say, which is one for all channels, as the limits are.
 */
export function createChatSender({ budget, api, irc, findSenderId, logger }: ChatSenderOptions) {
  const stopping = new AbortController();
  const line = createFairLine();
  const speaking = new Set<string>();
  let busyUntil = 0;
  const refusedUntil = new Map<string, number>();

  async function transmit(reply: OutgoingReply, text: string, replyTo: string | null): Promise<SendResult> {
    const { channel, roomId } = reply;
    const senderId = findSenderId();
    const isApiUsable = roomId !== '' && senderId !== '' && (refusedUntil.get(channel) ?? 0) <= Date.now();
    if (api === null || !isApiUsable) return irc.send({ channel, text, replyTo });
    const result = await api.send({ broadcasterId: roomId, senderId, text, replyTo });
    if (result.kind !== 'refused') return result;
    refusedUntil.set(channel, Date.now() + REFUSED_MS);
    logger.warn(
      { channel, reason: result.reason },
      'Twitch did not let the application speak in a channel, so the chat connection does; docs/twitch.md tells what is missing',
    );
    return irc.send({ channel, text, replyTo });
  }

  async function deliver(reply: OutgoingReply): Promise<SendOutcome> {
    let { text, isRepeat } = reply;
    let replyTo: string | null = reply.replyTo || null;
    if (replyTo === null && !isRepeat) text = `@${reply.askerLogin} ${text}`;
    let variation = 0;
    let unknown = 0;
    const givenUpAt = Date.now() + LONGEST_WAIT_MS;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const slot = await waitForSlot(reply, { channel: reply.channel, text, isRepeat, variation });
      const sent = slot.text;
      const result = await speak(reply, { slot, replyTo }).finally(() => fallSilent(reply.channel));
      if (result === null) return { kind: 'cancelled' };
      switch (result.kind) {
        case 'sent':
          return { kind: 'sent' };
        case 'no_reply':
          replyTo = null;
          text = `@${reply.askerLogin} ${text}`;
          break;
        case 'busy':
          irc.forgetModerator(reply.channel);
          busyUntil = Date.now() + result.retryAfterMs;
          break;
        case 'unsent':
          await reply.notSent();
          if (Date.now() > givenUpAt) return { kind: 'dropped', code: 'unreachable' };
          tries -= 1;
          await pause(UNKNOWN_PAUSE_MS);
          break;
        case 'unknown':
          unknown += 1;
          if (unknown >= MOST_UNKNOWN) return { kind: 'dropped', code: 'unreachable' };
          text = sent;
          isRepeat = true;
          await pause(Math.min(LONGEST_PAUSE_MS, UNKNOWN_PAUSE_MS * 2 ** (unknown - 1)));
          break;
        case 'refused':
          return { kind: 'dropped', code: 'refused' };
        case 'dropped':
          if (/duplicate/.test(result.code)) {
            if (isRepeat) return { kind: 'sent' };
            variation += 1;
          } else if (/r9k|uniquechat/.test(result.code) && replyTo !== null) {
            // It looks at what people see, and answers to two people differ in their names.
            replyTo = null;
            text = `@${reply.askerLogin} ${text}`;
          } else if (/slow_?mode/.test(result.code)) await pause(SLOW_MODE_PAUSE_MS);
          else if (/rate_?limit/.test(result.code)) irc.forgetModerator(reply.channel);
          else return { kind: 'dropped', code: result.code };
      }
    }
    return { kind: 'dropped', code: 'too_many_tries' };
  }

  /** Null when it is not wanted any more. */
  async function speak(
    reply: OutgoingReply,
    { slot, replyTo }: { slot: TakenSlot; replyTo: string | null },
  ): Promise<SendResult | null> {
    if (!(await reply.beforeSending(slot.text))) {
      await budget.giveBack(slot.id);
      return null;
    }
    const result = await transmit(reply, slot.text, replyTo);
    await (result.kind === 'unsent' ? budget.giveBack(slot.id) : budget.settle(slot.id));
    return result;
  }

  function waitForSlot(
    { place }: OutgoingReply,
    wanted: { channel: string; text: string; isRepeat: boolean; variation: number },
  ): Promise<TakenSlot> {
    stopIfStopping();
    const ofChannel = `#${wanted.channel}`;
    const ofAccount = `${ACCOUNT} as ${irc.isModerator(wanted.channel) ? 'moderator' : 'member'}`;
    const tryToTake = async (): Promise<Try<TakenSlot>> => {
      if (speaking.has(wanted.channel)) return { isGranted: false, waitMs: SPEAKING_MS, budget: ofChannel };
      const busyMs = busyUntil - Date.now();
      if (busyMs > 0) return { isGranted: false, waitMs: busyMs, budget: ACCOUNT };
      const slot = await budget.take({ ...wanted, isModerator: irc.isModerator(wanted.channel) });
      if (!('id' in slot)) {
        return { isGranted: false, waitMs: slot.waitMs, budget: slot.of === 'channel' ? ofChannel : ofAccount };
      }
      speaking.add(wanted.channel);
      return { isGranted: true, grant: slot };
    };
    return place.take([ofChannel, ofAccount, ACCOUNT], tryToTake, stopping.signal);
  }

  function fallSilent(channel: string): void {
    speaking.delete(channel);
    line.reopen(`#${channel}`);
  }

  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: stopping.signal }).catch(() => stopIfStopping());
  }

  function stopIfStopping(): void {
    if (stopping.signal.aborted) throw new StoppedError('the bot is stopping');
  }

  return {
    /** Call it when a question comes, and leave when all is said. */
    enter: line.enter,

    /** @throws StoppedError */
    send: deliver,

    stop: () => stopping.abort(new StoppedError('the bot is stopping')),
  };
}

type TakenSlot = Extract<Slot, { id: number }>;
