import type { Clock } from '../../core/ports/clock.ts';
import { type SlackApi, SlackCallError, UNKNOWN_METHOD } from './slack-api.ts';

/** `unknown`: a channel the bot is not in and therefore cannot see. */
export type ChannelSharing = 'internal' | 'external' | 'unknown';

interface ChannelAnswer {
  channel?: { is_ext_shared?: boolean; is_pending_ext_shared?: boolean };
}

/** Short, because a channel may become shared at any time; messages say themselves whether it is. */
const CACHE_MS = 60_000;
const MOST_CACHED = 5000;

/** Whether other organisations read along in a channel (Slack Connect). */
export function createChannelSharing({ clock }: { clock: Clock }) {
  const cache = new Map<string, { sharing: ChannelSharing; until: number }>();

  async function ask(api: SlackApi, channel: string): Promise<ChannelSharing> {
    const answer = await api
      .call<ChannelAnswer>('conversations.info', { channel }, { mayWaitMs: 5000 })
      .catch((error): ChannelAnswer => (isUnknownMethod(error) ? { channel: {} } : {}));
    if (!answer.channel) return 'unknown';
    return answer.channel.is_ext_shared || answer.channel.is_pending_ext_shared ? 'external' : 'internal';
  }

  return async function findSharing(
    api: SlackApi,
    { channel, isExternal }: { channel: string; isExternal: boolean | null },
  ): Promise<ChannelSharing> {
    if (isExternal !== null) return isExternal ? 'external' : 'internal';
    const key = `${api.teamId} ${channel}`;
    const cached = cache.get(key);
    if (cached && cached.until > clock.now().getTime()) return cached.sharing;
    const sharing = await ask(api, channel);
    if (cache.size >= MOST_CACHED) cache.clear();
    cache.set(key, { sharing, until: clock.now().getTime() + CACHE_MS });
    return sharing;
  };
}

export type FindSharing = ReturnType<typeof createChannelSharing>;

/** A server that does not know channels knows none that are shared. */
function isUnknownMethod(error: unknown): boolean {
  return error instanceof SlackCallError && error.reason === UNKNOWN_METHOD;
}
