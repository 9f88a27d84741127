import { z } from 'zod';
import { plainFetch } from '../../core/net/plain-fetch.ts';

/** Why there is no token to work with. */
export class TwitchAuthError extends Error {
  override readonly name = 'TwitchAuthError';
  /** Trying again changes nothing: the operator has to. */
  readonly isFinal: boolean;

  constructor(message: string, { isFinal, cause }: { isFinal: boolean; cause?: unknown }) {
    super(message, { cause });
    this.isFinal = isFinal;
  }
}

/** Whose token it is and what it allows. */
export interface TokenOwner {
  clientId: string;
  /** Empty when Twitch did not say. */
  login: string;
  userId: string;
  /** Null when Twitch did not say. */
  scopes: string[] | null;
}

export interface UserTokens {
  accessToken: string;
  refreshToken: string | null;
}

export interface TwitchAuthOptions {
  /** Without a slash at its end, as https://id.twitch.tv/oauth2. */
  authUrl: string;
  clientId: string | undefined;
  clientSecret: string | undefined;
}

const TIMEOUT_MS = 10_000;

const validSchema = z.object({
  client_id: z.string().default(''),
  login: z.string().default(''),
  user_id: z.string().default(''),
  scopes: z.array(z.string()).nullish(),
});
const tokenSchema = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).nullish(),
  expires_in: z.number().default(3600),
});

export type TwitchAuth = ReturnType<typeof createTwitchAuth>;

/** Twitch's token endpoints: https://dev.twitch.tv/docs/authentication/ */
export function createTwitchAuth({ authUrl, clientId, clientSecret }: TwitchAuthOptions) {
  async function call(path: string, init: RequestInit): Promise<Response> {
    try {
      const response = await plainFetch(`${authUrl}${path}`, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (response.status < 500 && response.status !== 429) return response;
      throw new Error(`status ${response.status}`);
    } catch (error) {
      throw new TwitchAuthError('Twitch cannot be reached', { isFinal: false, cause: error });
    }
  }

  async function request(grant: Record<string, string>, refused: string): Promise<z.infer<typeof tokenSchema>> {
    const body = new URLSearchParams({
      client_id: clientId ?? '',
      ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
      ...grant,
    });
    const response = await call('/token', { method: 'POST', body });
    const parsed = tokenSchema.safeParse(await response.json().catch(() => null));
    if (response.ok && parsed.success) return parsed.data;
    throw new TwitchAuthError(refused, { isFinal: true });
  }

  return {
    /** @returns null when the token is not valid any more */
    async validate(accessToken: string): Promise<TokenOwner | null> {
      const response = await call('/validate', { headers: { authorization: `OAuth ${accessToken}` } });
      if (response.status === 401) return null;
      const parsed = validSchema.safeParse(await response.json().catch(() => null));
      if (!parsed.success) throw new TwitchAuthError('Twitch gave an unknown answer about a token', { isFinal: false });
      const { client_id, login, user_id, scopes } = parsed.data;
      return { clientId: client_id, login: login.toLowerCase(), userId: user_id, scopes: scopes ?? null };
    },

    /** A refresh token may be good for one use only: keep the one that comes back. */
    async refresh(refreshToken: string): Promise<UserTokens> {
      const tokens = await request(
        { grant_type: 'refresh_token', refresh_token: refreshToken },
        'Twitch does not accept TWITCH_REFRESH_TOKEN with TWITCH_CLIENT_ID and TWITCH_CLIENT_SECRET',
      );
      return { accessToken: tokens.access_token, refreshToken: tokens.refresh_token ?? refreshToken };
    },

    /** The application's own token, by which its bot is known as one. */
    async createAppToken(): Promise<{ accessToken: string; expiresInMs: number }> {
      const { access_token, expires_in } = await request(
        { grant_type: 'client_credentials' },
        'Twitch does not accept TWITCH_CLIENT_ID and TWITCH_CLIENT_SECRET',
      );
      return { accessToken: access_token, expiresInMs: expires_in * 1000 };
    },
  };
}
