import { setTimeout as sleep } from 'node:timers/promises';
import { webApi } from '@slack/bolt';
import { plainFetch } from '../../core/net/plain-fetch.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Place } from '../shared/fair-line.ts';
import { type CallBudget, postingIn } from './call-budget.ts';
import { createCallWindows } from './call-window.ts';

export interface CallOptions {
  /** How long the call may be put off to stay within Slack's limits. Default: as long as it takes. */
  mayWaitMs?: number;
}

export type Arguments = Record<string, unknown>;

/** Calls Slack's Web API for one workspace. */
export interface SlackApi {
  readonly teamId: string;
  /** @throws SlackCallError */
  call<Result = Record<string, unknown>>(method: string, args: Arguments, options?: CallOptions): Promise<Result>;
  /** Takes a call out of the budget for later; then call with `isReserved`. */
  mayCallNow(method: string): Promise<boolean>;
  callReserved<Result = Record<string, unknown>>(method: string, args: Arguments): Promise<Result>;
  /** Whether an append may be made now, and if not, when to ask again. */
  nextTurnFor(method: string): Promise<{ isGranted: boolean; delayMs: number }>;
  /** The same for the answer to one question: what has to wait waits in a fair line of people. */
  forWaiter(waiter: Waiter): SlackApi;
}

/** Whose answer the calls are for, where several people wait. */
export interface Waiter {
  place: Place;
  /** Whether others wait who have had no answer yet: then this one is shown whole, when it is complete. */
  isPatient(): boolean;
  /** While that is so, but not for ever. */
  waitForOthers(): Promise<void>;
  /** Whether so many wait that nobody's answer is to be edited while it grows. */
  isInRush(): boolean;
}

/** Why a call did not work, and whether Slack may have carried it out all the same. */
export class SlackCallError extends Error {
  /** Slack's own word (`not_in_channel`), `busy` when our budget has no room, or `unreachable`. */
  readonly reason: string;
  readonly isUncertain: boolean;

  constructor(method: string, reason: string, options: { isUncertain?: boolean; cause?: unknown } = {}) {
    super(`${method}: ${reason}`, { cause: options.cause });
    this.name = 'SlackCallError';
    this.reason = reason;
    this.isUncertain = options.isUncertain ?? false;
  }
}

/** What Slack says of a method that it does not have; compatible servers also say so by their status. */
export const UNKNOWN_METHOD = 'unknown_method';
const TRIES = 4;
const FIRST_PAUSE_MS = 500;
const TIMEOUT_MS = 10_000;
const NO_HURRY_MS = 15 * 60_000;
const PATIENCE_MS = 3000;
/** When Slack asks for a longer pause, the caller may know another way. */
const LONGEST_WAIT_MS = 30_000;
/** Carrying one of these out twice shows: when it is uncertain whether Slack did, the caller looks before it repeats. */
const NOT_REPEATABLE = new Set(['chat.postMessage', 'chat.startStream', 'chat.appendStream', 'chat.postEphemeral']);

export interface SlackApiOptions {
  apiUrl: string;
  budget: CallBudget;
  logger: Logger;
}

/** Makes callers that share budgets; see call-budget.ts. */
export function createSlackApis({ apiUrl, budget, logger }: SlackApiOptions) {
  const clients = new Map<string, webApi.WebClient>();
  /** By workspace and method, until when Slack wants to hear nothing of it. */
  const refusedUntil = new Map<string, number>();
  const windows = createCallWindows({ minuteMs: budget.minuteMs });
  /** Per channel, one post in so long. */
  const lanes = createCallWindows({ minuteMs: budget.postGapMs });

  function clientFor(token: string): webApi.WebClient {
    const client = clients.get(token) ?? new webApi.WebClient(token, clientOptions(apiUrl));
    clients.set(token, client);
    return client;
  }

  function send(client: webApi.WebClient, teamId: string, method: string, args: Arguments): Promise<unknown> {
    const counted = () =>
      windows.run(`${teamId} ${method}`, budget.mostPerMinute(method), () => client.apiCall(method, args));
    return method === 'chat.postMessage' ? lanes.run(`${teamId} ${args.channel}`, 1, counted) : counted();
  }

  async function attempt(
    client: webApi.WebClient,
    teamId: string,
    method: string,
    args: Arguments,
    mayWaitMs = NO_HURRY_MS,
  ): Promise<unknown> {
    for (let tried = 1; ; tried += 1) {
      try {
        return await send(client, teamId, method, args);
      } catch (error) {
        if (error instanceof webApi.WebAPIPlatformError) {
          throw new SlackCallError(method, error.data.error, { cause: error });
        }
        if (error instanceof webApi.WebAPIHTTPError && error.statusCode < 500) {
          throw new SlackCallError(method, UNKNOWN_METHOD, { cause: error });
        }
        const isLast = tried === TRIES;
        if (error instanceof webApi.WebAPIRateLimitedError) {
          const waitMs = error.retryAfter * 1000;
          logger.warn({ teamId, method, seconds: error.retryAfter }, 'Slack asked to wait');
          await budget.putOff(teamId, method, waitMs);
          refusedUntil.set(`${teamId} ${method}`, performance.now() + waitMs);
          const isGranted =
            !isLast && (await budget.take(teamId, method, { mayWaitMs: Math.min(mayWaitMs, LONGEST_WAIT_MS) }));
          if (!isGranted) throw new SlackCallError(method, 'ratelimited', { cause: error });
        } else {
          if (NOT_REPEATABLE.has(method)) {
            throw new SlackCallError(method, 'unreachable', { isUncertain: true, cause: error });
          }
          if (isLast) throw new SlackCallError(method, 'unreachable', { cause: error });
          await sleep(FIRST_PAUSE_MS * 2 ** (tried - 1));
        }
      }
    }
  }

  /** @throws SlackCallError while Slack wants to hear nothing of it for longer than the caller waits */
  function assertWanted(teamId: string, method: string, mayWaitMs: number): void {
    const refusedMs = (refusedUntil.get(`${teamId} ${method}`) ?? 0) - performance.now();
    if (refusedMs > Math.min(mayWaitMs, LONGEST_WAIT_MS)) throw new SlackCallError(method, 'ratelimited');
  }

  async function waitInLine({ place, waitForOthers }: Waiter, teamId: string, part: string): Promise<void> {
    await waitForOthers();
    await place.take(`${teamId} ${part}`, async () => {
      assertWanted(teamId, part, NO_HURRY_MS);
      const { isGranted, delayMs } = await budget.reserve(teamId, part, 0);
      return isGranted ? { isGranted, grant: null } : { isGranted, waitMs: delayMs };
    });
  }

  return {
    forTeam({ teamId, token }: { teamId: string; token: string }): SlackApi {
      const client = clientFor(token);
      const callReserved = <Result>(method: string, args: Arguments, mayWaitMs?: number) =>
        attempt(client, teamId, method, args, mayWaitMs) as Promise<Result>;
      const forWaiter = (waiter: Waiter | null): SlackApi => ({
        teamId,
        forWaiter,
        callReserved: (method, args) => callReserved(method, args),
        nextTurnFor: async (method) => {
          const isLater = waiter?.isPatient() || (method === 'chat.update' && waiter?.isInRush());
          return isLater ? { isGranted: false, delayMs: PATIENCE_MS } : budget.reserve(teamId, method, 0);
        },
        mayCallNow: async (method) => !waiter?.isPatient() && budget.take(teamId, method, { mayWaitMs: 0 }),
        async call<Result>(method: string, args: Arguments, { mayWaitMs = NO_HURRY_MS }: CallOptions = {}) {
          assertWanted(teamId, method, mayWaitMs);
          const parts = [method];
          // The stricter one last: what waits for both then goes out at the channel's pace.
          if (method === 'chat.postMessage') parts.push(postingIn(String(args.channel)));
          for (const part of parts) {
            if (waiter && mayWaitMs === NO_HURRY_MS) await waitInLine(waiter, teamId, part);
            else if (!(await budget.take(teamId, part, { mayWaitMs }))) throw new SlackCallError(method, 'busy');
          }
          return callReserved<Result>(method, args, mayWaitMs);
        },
      });
      return forWaiter(null);
    },

    /** Who a token belongs to. @throws SlackCallError */
    async identify(token: string): Promise<{ teamId: string; botUserId: string; botId: string }> {
      const found = (await attempt(clientFor(token), '-', 'auth.test', {})) as Record<string, string>;
      return { teamId: found.team_id ?? '', botUserId: found.user_id ?? '', botId: found.bot_id ?? '' };
    },
  };
}

export type SlackApis = ReturnType<typeof createSlackApis>;

/** We retry and wait ourselves: the library's own retries know nothing of the shared budget or of double posts. */
export function clientOptions(apiUrl: string): webApi.WebClientOptions {
  return {
    slackApiUrl: `${apiUrl}/`,
    fetch: plainFetch,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: TIMEOUT_MS,
    allowAbsoluteUrls: false,
    logLevel: 'error' as webApi.LogLevel,
  };
}

/** Slack's word for what went wrong, or the error's own code. */
export function reasonOf(error: unknown): string {
  if (error instanceof SlackCallError) return error.reason;
  if (error instanceof webApi.WebAPIPlatformError) return error.data.error;
  return (error as { code?: string } | null)?.code ?? 'unreachable';
}
