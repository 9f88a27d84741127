import type { App } from '../../core/app.ts';
import type { ChatCommand } from './chat-command.ts';
import type { ChatLine } from './chat-line.ts';
import type { Decision } from './decision.ts';

export interface AboutMeOptions {
  app: App;
  /** Where people sign in, and find all that is kept of them. */
  accountUrl: string;
}

const REST_MS = 10_000;

/**
 * What somebody can do about themselves in a chat that everybody reads: nothing is told of them there, only where they
 * can see it, and what they said on Twitch can be forgotten.
 */
export async function aboutMe(
  line: ChatLine,
  command: Extract<ChatCommand, { kind: 'account' | 'link' | 'wallet' | 'forget' }>,
  { app, accountUrl }: AboutMeOptions,
): Promise<Decision> {
  const user = await app.users.findByIdentity({ platform: 'twitch', platformUserId: line.userId });
  if (command.kind === 'forget' && command.isConfirmed) {
    if (!user) return say('I know nothing about you.');
    const forgotten = await app.forgetPlatform({ userId: user.id, platform: 'twitch' });
    if (forgotten === 'person') return say('Done. All you said to me is erased.');
    return say(`Done. All you said to me on Twitch is erased. What I know from elsewhere: ${accountUrl}`);
  }
  // Also of somebody who is not known yet: each can be told once in a while, and nobody has the channel to themselves.
  const rest = { platform: 'twitch' as const, channel: `${line.channel}:${command.kind}`, cooldownMs: REST_MS };
  const verdict = await app.limits.take({ userId: user?.id ?? `twitch:${line.userId}`, ...rest });
  if (verdict !== 'allowed') return { outcome: 'ignored' };
  // Twitch itself proves there who somebody is: no secret has to be shown to everybody here.
  if (command.kind === 'link')
    return say(`Log in with Twitch at ${accountUrl} and your chats here and there are the same.`);
  if (command.kind === 'wallet') return say(`What you can spend, and how to add to it: sign in at ${accountUrl}`);
  if (command.kind === 'account') return say(`What I know about you, and what is linked: sign in at ${accountUrl}`);
  return say(
    `"!forget confirm" erases all you said to me on Twitch, for good. A copy first, or all of you everywhere: ${accountUrl}`,
  );
}

function say(text: string): Decision {
  return { outcome: 'said', text };
}
