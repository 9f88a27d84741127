import { z } from 'zod';
import { plainFetch } from '../../core/net/plain-fetch.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { type TwitchAuth, TwitchAuthError } from './twitch-auth.ts';

export interface ApiMessage {
  /** The channel's. */
  broadcasterId: string;
  /** The bot account's. */
  senderId: string;
  text: string;
  replyTo: string | null;
}

/** What became of one try to send a message. */
export type SendResult =
  | { kind: 'sent' }
  /** Twitch did not show it, and says why. */
  | { kind: 'dropped'; code: string }
  /** The message that it answers cannot be replied to, as when it is gone. */
  | { kind: 'no_reply' }
  | { kind: 'busy'; retryAfterMs: number }
  /** It did not get as far as Twitch. */
  | { kind: 'unsent' }
  /** It may have arrived or not. */
  | { kind: 'unknown' }
  /** Not allowed in this way. */
  | { kind: 'refused'; reason: string };

export interface TwitchApiOptions {
  /** Without a slash at its end, as https://api.twitch.tv/helix. */
  apiUrl: string;
  clientId: string;
  auth: Pick<TwitchAuth, 'createAppToken'>;
  logger: Logger;
}

const TIMEOUT_MS = 10_000;
const LONGEST_BUSY_MS = 60_000;
const EARLY_MS = 60_000;

const droppedSchema = z.object({
  data: z.tuple([z.object({ is_sent: z.literal(false), drop_reason: z.object({ code: z.string() }).nullish() })]),
});
const errorSchema = z.object({ message: z.string() });

export type TwitchApi = ReturnType<typeof createTwitchApi>;

/** Sends with the application's token, which gives the chat bot badge: https://dev.twitch.tv/docs/api/reference/#send-chat-message */
export function createTwitchApi({ apiUrl, clientId, auth, logger }: TwitchApiOptions) {
  let token: { accessToken: string; expiresAt: number } | null = null;

  async function findToken(): Promise<string> {
    if (token === null || token.expiresAt < Date.now()) {
      const { accessToken, expiresInMs } = await auth.createAppToken();
      token = { accessToken, expiresAt: Date.now() + expiresInMs - EARLY_MS };
    }
    return token.accessToken;
  }

  async function post(message: ApiMessage): Promise<Response> {
    return plainFetch(`${apiUrl}/chat/messages`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await findToken()}`,
        'client-id': clientId,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        broadcaster_id: message.broadcasterId,
        sender_id: message.senderId,
        message: message.text,
        ...(message.replyTo === null ? {} : { reply_parent_message_id: message.replyTo }),
      }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  }

  async function send(message: ApiMessage, { isSecondTry = false } = {}): Promise<SendResult> {
    const response = await post(message);
    if (response.ok) return toResult(droppedSchema.safeParse(await response.json().catch(() => null)));
    const parsed = errorSchema.safeParse(await response.json().catch(() => null));
    const reason = parsed.success ? parsed.data.message : '';
    switch (response.status) {
      case 400:
        return message.replyTo !== null && /repl/i.test(reason) ? { kind: 'no_reply' } : { kind: 'refused', reason };
      case 401:
        token = null;
        return isSecondTry ? { kind: 'refused', reason } : send(message, { isSecondTry: true });
      case 403:
      case 404:
      case 405:
        return { kind: 'refused', reason };
      case 422:
        return { kind: 'dropped', code: 'too_long' };
      case 429:
        return { kind: 'busy', retryAfterMs: readReset(response.headers.get('ratelimit-reset')) };
      default:
        return { kind: 'unknown' };
    }
  }

  return {
    async send(message: ApiMessage): Promise<SendResult> {
      try {
        return await send(message);
      } catch (error) {
        if (error instanceof TwitchAuthError && error.isFinal) return { kind: 'refused', reason: error.message };
        logger.warn({ err: error }, 'Twitch did not answer to a chat message');
        return { kind: isUnsent(error) ? 'unsent' : 'unknown' };
      }
    },
  };
}

/** Taken is shown, unless Twitch says otherwise. */
function toResult(parsed: z.ZodSafeParseResult<z.infer<typeof droppedSchema>>): SendResult {
  if (!parsed.success) return { kind: 'sent' };
  const [{ drop_reason }] = parsed.data.data;
  return { kind: 'dropped', code: drop_reason?.code ?? 'unknown' };
}

/** There was no connection, or no token to send it with. */
function isUnsent(error: unknown): boolean {
  if (error instanceof TwitchAuthError) return true;
  const { code } = ((error as Error).cause ?? {}) as { code?: string };
  return /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/.test(code ?? '');
}

/** In seconds since 1970, as Twitch says it. */
function readReset(header: string | null): number {
  const resetMs = Number(header) * 1000 - Date.now();
  return Number.isFinite(resetMs) ? Math.min(LONGEST_BUSY_MS, Math.max(1000, resetMs)) : 5000;
}
