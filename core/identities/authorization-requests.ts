import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { Encryption } from '../encryption/encryption.ts';
import type { Clock } from '../ports/clock.ts';
import type { SignInSecrets } from '../ports/sign-in-provider.ts';
import {
  type AuthorizationKey,
  type AuthorizationOutcome,
  createAuthorizationRequestsRepository,
} from './authorization-requests-repository.ts';

/** How long somebody may take at the provider. */
const LASTS_MS = 10 * 60 * 1000;
/** How long after the first an answer may come again: whoever reloads or clicks twice does it at once. */
const REPEATED_MS = 2 * 60 * 1000;
/** What the first one may take, the provider's own time-out included. */
const WAIT_MS = 30_000;
const LOOK_AGAIN_MS = 100;

export interface AuthorizationRequest extends SignInSecrets {
  /** Where to go afterwards. */
  next: string;
  /** Who was logged in when it began, and gets the account linked; null when nobody was. */
  userId: string | null;
  /** Switches on that the account tells of the person, as they have asked for. */
  turnsOnProfile: boolean;
}

/** By whom it is brought back: `browser` is a secret that only the browser it was begun in has. */
export interface BroughtBack {
  provider: string;
  browser: string;
  state: string;
}

/**
 * Ways to a sign-in provider that are under way, in any number of tabs. Each is claimed once; an answer that comes again,
 * as after a reload, learns how the first one ended.
 */
export function createAuthorizationRequests({
  db,
  clock,
  encryption,
}: {
  db: Knex;
  clock: Clock;
  encryption: Encryption;
}) {
  const rows = createAuthorizationRequestsRepository(db);
  const purposeOf = ({ stateHash }: AuthorizationKey) => `authorization request ${stateHash}`;

  return {
    async begin({ provider, browser }: Omit<BroughtBack, 'state'>, request: AuthorizationRequest): Promise<void> {
      const key = toKey({ provider, browser, state: request.state });
      const sealed = encryption.encrypt(JSON.stringify(request), purposeOf(key));
      await rows.insert({ ...key, sealed, expiresAt: new Date(clock.now().getTime() + LASTS_MS) });
    },

    /** Null when it was claimed before, took too long, or was not begun in this browser. */
    async claim(broughtBack: BroughtBack): Promise<AuthorizationRequest | null> {
      const key = toKey(broughtBack);
      const sealed = await rows.claim(key, clock.now());
      return sealed === null ? null : (JSON.parse(encryption.decrypt(sealed, purposeOf(key))) as AuthorizationRequest);
    },

    /** Keeps how it ended for an answer that comes again. */
    end: (broughtBack: BroughtBack, outcome: AuthorizationOutcome) => rows.setOutcome(toKey(broughtBack), outcome),

    /** How one ended that was claimed a moment ago, waiting for its end; null for any other. */
    async findOutcome(broughtBack: BroughtBack): Promise<AuthorizationOutcome | null> {
      const key = toKey(broughtBack);
      const claimedSince = new Date(clock.now().getTime() - REPEATED_MS);
      for (let waitedMs = 0; waitedMs <= WAIT_MS; waitedMs += LOOK_AGAIN_MS) {
        const outcome = await rows.findOutcome(key, claimedSince);
        if (outcome !== null) return outcome ?? null;
        await sleep(LOOK_AGAIN_MS);
      }
      return null;
    },

    /** For a job. */
    clear: () => rows.clear(clock.now()),
  };
}

function toKey({ provider, browser, state }: BroughtBack): AuthorizationKey {
  return { provider, browserHash: toHash(browser), stateHash: toHash(state) };
}

/** A fast hash will do: what is hashed is random and long. */
function toHash(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
