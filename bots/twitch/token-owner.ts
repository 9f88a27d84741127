import { type TokenOwner, TwitchAuthError } from './twitch-auth.ts';

/**
 * Whether a token is the bot account's, and good for what it does.
 * @throws TwitchAuthError that is final
 */
export function checkTokenOwner(
  found: TokenOwner,
  { botLogin, hasApplication }: { botLogin: string; hasApplication: boolean },
): TokenOwner {
  const isOther = found.login !== '' && found.login !== botLogin;
  if (isOther) throw new TwitchAuthError(`the token is for another account than ${botLogin}`, { isFinal: true });
  const missing = ['chat:read', ...(hasApplication ? [] : ['chat:edit'])].filter(
    (one) => found.scopes?.includes(one) === false,
  );
  if (missing.length === 0) return found;
  throw new TwitchAuthError(`the token lacks the scope ${missing.join(' and ')}`, { isFinal: true });
}
