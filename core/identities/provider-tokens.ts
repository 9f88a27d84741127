import type { Knex } from 'knex';
import type { Encryption } from '../encryption/encryption.ts';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { ProviderTokens, SignInProvider } from '../ports/sign-in-provider.ts';
import { createTokenSeal } from './sealed-tokens.ts';

/** A token that ends within this time is renewed before it is used. */
const SOON_MS = 60_000;

type TokenProviders = readonly Pick<SignInProvider, 'id' | 'name' | 'refresh'>[];

export interface ProviderTokensOptions {
  db: Knex;
  clock: Clock;
  encryption: Encryption;
  signInProviders: TokenProviders;
}

interface TokenRow {
  platform: string;
  tokens: string | null;
}

export type ProviderTokensOfIdentities = ReturnType<typeof createProviderTokens>;

/** Tokens for acting as a person at a provider they have signed in with. */
export function createProviderTokens({ db, clock, encryption, signInProviders }: ProviderTokensOptions) {
  const { seal, open } = createTokenSeal(encryption);
  /** Under way in this process. */
  const renewals = new Map<string, Promise<ProviderTokens | null>>();

  function isUsable(tokens: ProviderTokens, rejected: string | undefined): boolean {
    if (tokens.accessToken === rejected) return false;
    return tokens.expiresAt === null || Date.parse(tokens.expiresAt) > clock.now().getTime() + SOON_MS;
  }

  /** @returns null when only a new sign-in helps */
  async function refresh(tokens: ProviderTokens, platform: string): Promise<ProviderTokens | null> {
    const provider = signInProviders.find(({ id }) => id === platform);
    if (!provider) throw new AppError('fetch_failed', 'Signing in this way is not set up here any more.');
    try {
      return await provider.refresh(tokens);
    } catch (error) {
      if (error instanceof AppError && error.code === 'unauthorized') return null;
      throw error;
    }
  }

  /**
   * The row stays locked while the provider is asked: a refresh token is often good for one use only, so of two
   * processes the second has to wait for what the first one got.
   */
  async function renew(identityId: string, rejected: string | undefined): Promise<ProviderTokens | null> {
    return db.transaction(async (trx) => {
      const rows = () => trx('identities').where({ id: identityId });
      const row: TokenRow | undefined = await rows().forUpdate().first('platform', 'tokens');
      if (!row?.tokens) return null;
      const tokens = open(identityId, row.tokens);
      if (isUsable(tokens, rejected)) return tokens;
      const renewed = await refresh(tokens, row.platform);
      await rows().update(renewed ? { tokens: seal(identityId, renewed) } : { tokens: null, needs_sign_in: true });
      return renewed;
    });
  }

  /** Those who ask here meanwhile get the same answer: each would wait on a connection to the database of its own. */
  function renewOnce(identityId: string, rejected: string | undefined): Promise<ProviderTokens | null> {
    const key = `${identityId} ${rejected ?? ''}`;
    const running = renewals.get(key) ?? renew(identityId, rejected).finally(() => renewals.delete(key));
    renewals.set(key, running);
    return running;
  }

  return {
    /**
     * Tokens whose access token is valid for a minute at least, renewed where needed.
     * @param options.rejected an access token that the provider did not accept, though it should be valid
     * @throws AppError `unauthorized` when the person has to sign in there again, `fetch_failed`, `unreadable_secret`
     */
    async get(identityId: string, { rejected }: { rejected?: string } = {}): Promise<ProviderTokens> {
      const row: TokenRow | undefined = await db('identities').where({ id: identityId }).first('platform', 'tokens');
      const stored = row?.tokens ? open(identityId, row.tokens) : null;
      const tokens = stored && isUsable(stored, rejected) ? stored : await renewOnce(identityId, rejected);
      if (tokens) return tokens;
      throw new AppError('unauthorized', 'The stored sign-in is not valid any more. Sign in with this account again.');
    },
  };
}
