import { createSecretKey } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { Knex } from 'knex';
import { z } from 'zod';
import type { Clock } from '../ports/clock.ts';
import type { User } from './user.ts';
import type { Users } from './users.ts';

const ALGORITHM = 'HS256';
/** Who can sign for an hour can sign again; a longer token would only be worth more to a thief. */
const LONGEST_SECONDS = 60 * 60;
/** Between the clock of the website and ours. */
const SKEW_SECONDS = 60;
const MOST_CHARACTERS = 4096;

const shownText = (most: number) =>
  z
    .string()
    .transform((text) => text.replace(/\p{C}+/gu, ' ').trim())
    .pipe(z.string().min(1).max(most))
    .optional()
    .catch(undefined);

/** A name or an address that makes no sense is left out: it is only for show. */
const claims = z.object({
  // The standard wants text; whoever signs without a library puts in the number that their database has.
  sub: z.union([z.string().min(1).max(200), z.int().transform(String)]),
  exp: z.number(),
  name: shownText(100),
  email: shownText(254),
});

/** Somebody a website vouches for, and until when it does. */
export interface SiteUser {
  user: User;
  email: string | null;
  endsBy: Date;
}

export type SiteUsers = ReturnType<typeof createSiteUsers>;

/**
 * People of the websites that embed the widget. A website names its user in a token signed with a secret that it
 * shares with us; who it names on one website is nobody on another. The email address links nothing.
 */
export function createSiteUsers({
  db,
  clock,
  users,
  secret,
}: {
  db: Knex;
  clock: Clock;
  users: Users;
  secret: string | undefined;
}) {
  const key = secret === undefined ? null : createSecretKey(Buffer.from(secret, 'utf8'));

  /** @throws Refusal */
  async function read(token: string, website: string | null) {
    if (!key) throw new Refusal('WIDGET_IDENTITY_SECRET is not set');
    if (token.length > MOST_CHARACTERS) throw new Refusal('it is too long');
    const now = clock.now();
    const { payload } = await jwtVerify(token, key, {
      algorithms: [ALGORITHM],
      requiredClaims: ['sub', 'exp'],
      currentDate: now,
    });
    assertForUs(payload, { now, website });
    const parsed = claims.safeParse(payload);
    if (!parsed.success) throw new Refusal('its sub must be text of at most 200 characters, or a whole number');
    return parsed.data;
  }

  return {
    /**
     * Whom a website vouches for, created when first seen.
     * @param origin the website's
     * @returns the person, or in a few words why the token proves nothing
     */
    async recognise(token: string, origin: string | null): Promise<SiteUser | { refusal: string }> {
      try {
        const { sub, exp, name = 'Visitor', email = null } = await read(token, origin);
        const identity = { platform: 'web' as const, platformUserId: `${origin ?? ''}#${sub}` };
        const user = await users.findOrCreate({ ...identity, displayName: name });
        await db('identities')
          .where({ platform: identity.platform, platform_user_id: identity.platformUserId })
          .update({ display_name: name, email });
        return { user: { ...user, displayName: name }, email, endsBy: new Date(exp * 1000) };
      } catch (error) {
        if (error instanceof Refusal) return { refusal: error.message };
        if (error instanceof errors.JOSEError || error instanceof TypeError) return { refusal: toReason(error) };
        throw error;
      }
    },
  };
}

/** A token made for something else, even with the same secret, is none for us. */
function assertForUs({ aud, exp = 0, origin }: JWTPayload, { now, website }: { now: Date; website: string | null }) {
  if (isThere(aud)) throw new Refusal('it has an aud, so it is meant for something else');
  // Outside a browser anybody can say where they come from; only the token proves for which website it was signed.
  if (isThere(origin) && origin !== website) throw new Refusal('its origin is another website');
  if (exp > now.getTime() / 1000 + LONGEST_SECONDS + SKEW_SECONDS) throw new Refusal('it lasts for more than an hour');
}

/** Some libraries write what they do not have as empty text. */
function isThere(claim: unknown): boolean {
  return claim !== undefined && claim !== null && claim !== '';
}

function toReason(error: Error): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JOSEAlgNotAllowed) return `it is not signed with ${ALGORITHM}`;
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'it is signed with another secret';
  if (error instanceof errors.JWTClaimValidationFailed) return `its ${error.claim} is missing or wrong`;
  return 'it is not a JWT';
}

class Refusal extends Error {}
