import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { retryDeadlock } from '../db/retry-deadlock.ts';
import type { Encryption } from '../encryption/encryption.ts';
import { AppError } from '../errors.ts';
import { removeSources } from '../knowledge/remove-sources.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { ProviderProfile, ProviderTokens, SignInProvider } from '../ports/sign-in-provider.ts';
import { createAuthorizationRequests } from './authorization-requests.ts';
import { createGiveBackTokens } from './give-back-tokens.ts';
import { createTokenSeal } from './sealed-tokens.ts';

/** Who a person is on a platform or at a sign-in provider. */
export interface Identity {
  id: string;
  platform: string;
  displayName: string;
  email: string | null;
  pictureUrl: string | null;
  profileUrl: string | null;
  /** Its tokens work no more; what needs them waits for a new sign-in. */
  needsSignIn: boolean;
  createdAt: Date;
}

export interface IdentitiesOptions {
  db: Knex;
  clock: Clock;
  encryption: Encryption;
  logger: Logger;
  signInProviders: readonly Pick<SignInProvider, 'id' | 'revoke'>[];
  /** Has the document index forget chunks that are gone. */
  flushRemovedChunks(): Promise<void>;
}

export type Identities = ReturnType<typeof createIdentities>;

/** Signing in with an account elsewhere, and which of those belong to a person. */
export function createIdentities(options: IdentitiesOptions) {
  const { db, clock, encryption, logger, signInProviders, flushRemovedChunks } = options;
  const giveBackTokens = createGiveBackTokens(options);
  const { seal, open } = createTokenSeal(encryption);
  const authorizations = createAuthorizationRequests(options);

  /** Inserts it for this person, unless it is somebody's already; gives whose it is then, and its id. */
  async function insertOrFind(trx: Knex, userId: string, profile: ProviderProfile) {
    const key = { platform: profile.platform, platform_user_id: profile.platformUserId };
    await trx('identities')
      .insert({ id: randomUUID(), user_id: userId, ...key, display_name: profile.displayName })
      .onConflict(['platform', 'platform_user_id'])
      .ignore();
    const row = await trx('identities').where(key).forUpdate().first('id', 'user_id', 'tokens');
    return { id: row.id as string, userId: row.user_id as string, tokens: row.tokens as string | null };
  }

  async function noteSignIn(
    trx: Knex,
    { id: identityId, tokens }: { id: string; tokens: string | null },
    profile: ProviderProfile,
  ): Promise<void> {
    const before = tokens === null ? null : openOrNull(identityId, tokens);
    const isMore = before !== null && grantsMore(before, profile.tokens);
    await trx('identities')
      .where({ id: identityId })
      .update({
        display_name: profile.displayName,
        email: profile.email,
        picture_url: profile.pictureUrl,
        profile_url: profile.profileUrl,
        // Signing in asks for little; what somebody has consented to besides stays.
        ...(!isMore && { tokens: seal(identityId, profile.tokens) }),
        needs_sign_in: false,
        signed_in_at: clock.now(),
      });
  }

  /** A new sign-in replaces tokens whose key is lost. */
  function openOrNull(identityId: string, tokens: string): ProviderTokens | null {
    try {
      return open(identityId, tokens);
    } catch {
      return null;
    }
  }

  /** Whether somebody can log in with it: they have before, and its provider is still set up here. */
  function opensLogin({ platform, signed_in_at }: { platform: string; signed_in_at: Date | null }): boolean {
    return signed_in_at !== null && signInProviders.some(({ id }) => id === platform);
  }

  return {
    authorizations,

    /** Whose an account elsewhere is here; null while it is nobody's. */
    async findOwner({
      platform,
      platformUserId,
    }: Pick<ProviderProfile, 'platform' | 'platformUserId'>): Promise<string | null> {
      const row = await db('identities').where({ platform, platform_user_id: platformUserId }).first('user_id');
      return row?.user_id ?? null;
    },

    /**
     * The person behind an account elsewhere, created at its first sign-in. Only the provider and its own id decide:
     * an email address that somebody here has too means nothing.
     */
    async signIn(profile: ProviderProfile): Promise<string> {
      return db.transaction(async (trx) => {
        const newId = randomUUID();
        await trx('users').insert({
          id: newId,
          display_name: profile.displayName,
          email: profile.email,
          picture_url: profile.pictureUrl,
        });
        const identity = await insertOrFind(trx, newId, profile);
        if (identity.userId !== newId) await trx('users').where({ id: newId }).delete();
        await noteSignIn(trx, identity, profile);
        return identity.userId;
      });
    },

    /**
     * Links an account elsewhere to somebody who is logged in, unless it is somebody else's here: then only the sign-in
     * is noted, and the two may become one if both are asked.
     * @returns whose it is
     */
    async link(userId: string, profile: ProviderProfile): Promise<string> {
      return retryDeadlock(() =>
        db.transaction(async (trx) => {
          const identity = await insertOrFind(trx, userId, profile);
          await noteSignIn(trx, identity, profile);
          if (identity.userId !== userId) return identity.userId;
          await trx('users')
            .where({ id: userId })
            .update({
              email: trx.raw('coalesce(email, ?)', [profile.email]),
              picture_url: trx.raw('coalesce(picture_url, ?)', [profile.pictureUrl]),
            });
          return userId;
        }),
      );
    },

    async list(userId: string): Promise<Identity[]> {
      const rows = await db('identities').where({ user_id: userId }).orderBy('created_at').limit(200);
      return rows.map((row) => ({
        id: row.id,
        platform: row.platform,
        displayName: row.display_name,
        email: row.email,
        pictureUrl: row.picture_url,
        profileUrl: row.profile_url,
        needsSignIn: row.needs_sign_in,
        createdAt: row.created_at,
      }));
    },

    /**
     * Takes a linked account away, with its tokens and what was read of its profile; what was said there stays with
     * the person.
     * @throws AppError `not_found`, `conflict` when nothing would be left to sign in with
     */
    async unlink({ userId, identityId }: { userId: string; identityId: string }): Promise<void> {
      const unlinked = await retryDeadlock(() =>
        db.transaction(async (trx) => {
          // Of two at once the second waits here, and then sees what the first left.
          await trx('users').where({ id: userId }).forUpdate().first('id');
          const mine = await trx('identities')
            .where({ user_id: userId })
            .forUpdate()
            .select('id', 'platform', 'signed_in_at');
          if (!mine.some(({ id }) => id === identityId)) throw new AppError('not_found', 'There is no such account.');
          const hasPassword = (await trx('accounts').where({ user_id: userId }).first('user_id')) !== undefined;
          const others = mine.filter(({ id }) => id !== identityId);
          if (!hasPassword && !others.some(opensLogin)) {
            throw new AppError(
              'conflict',
              'This is the last way to sign in, so it cannot be removed. Link another first.',
            );
          }
          await removeSources(trx, await trx('profile_sources').where({ identity_id: identityId }).pluck('source_id'));
          const [row] = await trx('identities')
            .where({ id: identityId })
            .delete()
            .returning(['id', 'platform', 'tokens']);
          return row;
        }),
      );
      giveBackTokens(unlinked);
      await flushRemovedChunks().catch((error) =>
        logger.warn({ err: error }, 'the index could not forget the profile of an account that was unlinked'),
      );
    },
  };
}

function grantsMore(before: ProviderTokens, now: ProviderTokens): boolean {
  return before.scopes.length > now.scopes.length && now.scopes.every((scope) => before.scopes.includes(scope));
}
