import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import { createAccountsRepository, type Profile } from './accounts-repository.ts';
import { parseEmail, toEmailKey } from './email.ts';
import { hashPassword, isPassword } from './password-hash.ts';
import { assertGoodPassword } from './password-rules.ts';
import { createSignInAttempts } from './sign-in-attempts.ts';
import { parseUsername, toUsernameKey } from './username.ts';

/** Longer input than any password or name is refused before it is hashed or counted. */
const MOST_CHARACTERS = 300;

export type Accounts = ReturnType<typeof createAccounts>;

/** Those who sign in with a name and a password. */
export function createAccounts({ db, clock }: { db: Knex; clock: Clock }) {
  const rows = createAccountsRepository(db);
  const attempts = createSignInAttempts({ db, clock });

  /** @throws AppError `unauthorized` when the person is gone */
  async function getProfile(userId: string): Promise<Profile> {
    const profile = await rows.findProfile(userId);
    if (!profile) throw new AppError('unauthorized', 'The person this access token speaks for no longer exists.');
    return profile;
  }

  return {
    getProfile,

    /**
     * A new person. An address proves nothing, so it links nothing: it is only another name to sign in with.
     * @param network what the attempt is counted under, such as an IP address
     * @throws AppError `invalid_request`, `conflict` when the name or address is taken, `rate_limited`
     */
    async register({
      network,
      ...given
    }: {
      username: string;
      email: string | null;
      password: string;
      network: string;
    }): Promise<Profile> {
      const username = parseUsername(given.username);
      const email = given.email === null ? null : parseEmail(given.email);
      assertGoodPassword(given.password, { username, email });
      await attempts.countRegistration(network);
      const keys = { usernameKey: toUsernameKey(username), emailKey: email === null ? null : toEmailKey(email) };
      // Before the hash, which is dear; the constraint decides between two at once.
      const userId = (await rows.isTaken(keys))
        ? null
        : await rows.insert({ username, email, ...keys, passwordHash: await hashPassword(given.password) });
      if (userId === null) {
        throw new AppError('conflict', 'This username or email is taken, or looks like one that is.');
      }
      return getProfile(userId);
    },

    /**
     * Whose name and password these are. The answer, and how long it takes, do not tell whether the name exists.
     * @param name a username or an email address
     * @throws AppError `unauthorized`, `rate_limited`
     */
    async checkPassword({
      name,
      password,
      network,
    }: {
      name: string;
      password: string;
      network: string;
    }): Promise<Profile> {
      const wrong = () => new AppError('unauthorized', 'The username or the password is wrong.');
      if (name.length > MOST_CHARACTERS || password.length > MOST_CHARACTERS) throw wrong();
      // No username has an @, so a name cannot be both.
      const key = name.includes('@') ? { emailKey: toEmailKey(name) } : { usernameKey: toUsernameKey(name.trim()) };
      const nameKey = Object.values(key).join();
      await attempts.countLogin(nameKey, network);
      const account = await rows.findPassword(key);
      if (!(await isPassword(password, account?.passwordHash ?? null)) || !account) throw wrong();
      await attempts.forgetLogin(nameKey, network);
      return getProfile(account.userId);
    },

    /**
     * A new password for whoever knows the one they have: a browser left open is not enough.
     * @throws AppError `invalid_request`, `conflict` when the person has none, `rate_limited`
     */
    async changePassword({
      userId,
      current,
      next,
      network,
    }: {
      userId: string;
      current: string;
      next: string;
      network: string;
    }): Promise<void> {
      const account = await rows.findByUser(userId);
      if (!account) {
        throw new AppError('conflict', 'You log in without a password here, so there is none to change.');
      }
      const { email } = await getProfile(userId);
      assertGoodPassword(next, { username: account.username, email });
      await attempts.countLogin(account.usernameKey, network);
      if (!(await isPassword(current, account.passwordHash))) {
        throw new AppError('invalid_request', 'current_password is wrong.');
      }
      await attempts.forgetLogin(account.usernameKey, network);
      await rows.updatePassword(userId, await hashPassword(next));
    },
  };
}
