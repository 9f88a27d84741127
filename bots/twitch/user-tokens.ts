import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { EncryptedColumn } from '../../core/encryption/encrypted-column.ts';
import type { Encryption } from '../../core/encryption/encryption.ts';
import { type TwitchAuth, TwitchAuthError, type UserTokens } from './twitch-auth.ts';

export interface UserTokensOptions {
  db: Knex;
  encryption: Encryption;
  auth: Pick<TwitchAuth, 'refresh'>;
  login: string;
  /** As in the settings. */
  initial: UserTokens;
}

function tokensOf(login: string): string {
  return `twitch_tokens:${login}`;
}

/** Where they are kept. */
export const tokensColumn: EncryptedColumn = {
  table: 'twitch_tokens',
  idColumn: 'login',
  column: 'tokens',
  belongsTo: (row) => tokensOf(row.login ?? ''),
};

/** How often, and how long after one another, to look whether another process has renewed the tokens. */
const LOOKS = 3;
const LOOK_AGAIN_MS = 500;

/**
 * The bot account's tokens. Once renewed they are kept in the database, encrypted, for all processes and the next
 * start; tokens that are newer in the settings than those win.
 */
export function createUserTokens({ db, encryption, auth, login, initial }: UserTokensOptions) {
  const settingsHash = createHash('sha256').update(JSON.stringify(initial)).digest('base64');
  const associatedData = tokensOf(login);
  let known = initial;
  let renewing: Promise<string> | null = null;

  async function load(): Promise<UserTokens> {
    const row = await db('twitch_tokens').where({ login, settings_hash: settingsHash }).first('tokens');
    // Unreadable when the keys were changed: then those in the settings are all there is.
    if (row) known = readTokens(row.tokens) ?? known;
    return known;
  }

  function readTokens(encrypted: string): UserTokens | null {
    try {
      return JSON.parse(encryption.decrypt(encrypted, associatedData));
    } catch {
      return null;
    }
  }

  async function save(tokens: UserTokens): Promise<void> {
    const encrypted = encryption.encrypt(JSON.stringify(tokens), associatedData);
    const row = { tokens: encrypted, settings_hash: settingsHash, updated_at: db.fn.now() };
    await db('twitch_tokens')
      .insert({ login, ...row })
      .onConflict('login')
      .merge(row);
  }

  async function renewOnce(failed: string): Promise<string> {
    const stored = await load();
    if (stored.accessToken !== failed) return stored.accessToken;
    if (stored.refreshToken === null) {
      throw new TwitchAuthError('TWITCH_ACCESS_TOKEN is not valid any more, and there is no TWITCH_REFRESH_TOKEN', {
        isFinal: true,
      });
    }
    try {
      known = await auth.refresh(stored.refreshToken);
    } catch (error) {
      return awaitAnother(failed, error);
    }
    await save(known);
    return known.accessToken;
  }

  /** A refresh token may be good for one use: when another process has used it, its tokens are there in a moment. */
  async function awaitAnother(failed: string, error: unknown): Promise<string> {
    for (let look = 0; look < LOOKS; look++) {
      const { accessToken } = await load();
      if (accessToken !== failed) return accessToken;
      await sleep(LOOK_AGAIN_MS);
    }
    throw error;
  }

  return {
    /** The newest access token there is; while the database is away, the newest that this process has seen. */
    async current(): Promise<string> {
      const { accessToken } = await load().catch(() => known);
      return accessToken;
    },

    /**
     * Gets another access token instead of one that Twitch refused.
     * @throws TwitchAuthError
     */
    renew(failed: string): Promise<string> {
      renewing ??= renewOnce(failed).finally(() => {
        renewing = null;
      });
      return renewing;
    },
  };
}
